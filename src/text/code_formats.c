/*
 * Markup, data, configuration and build files: rows of text/code.
 */
#include "text/code_rows.h"

static const char *const json_words[] = {"false", "null", "true"};
static const struct code_region json_regions[] = {
	SLASHES, {"\"", "\"", CODE_STRING, REGION_ESCAPE}, END};

static const char *const yaml_words[] = {
	"False", "Null", "True", "false", "null", "true"};
static const struct code_region yaml_regions[] = {
	{"---", NULL, CODE_META, REGION_COLUMN0},
	{"#", NULL, CODE_COMMENT, REGION_SPACED},
	{"\"", "\"", CODE_STRING, REGION_LINES | REGION_ESCAPE | REGION_APART},
	{"'", "'", CODE_STRING, REGION_LINES | REGION_APART},
	{"{{", "}}", CODE_NAME, 0}, {"${{", "}}", CODE_NAME, 0},
	{"${", "}", CODE_NAME, 0}, END};

static const char *const toml_words[] = {"false", "inf", "nan", "true"};
static const struct code_region toml_regions[] = {
	{"[[", "]]", CODE_META, REGION_COLUMN0},
	{"[", "]", CODE_META, REGION_COLUMN0}, HASHES,
	{"\"\"\"", "\"\"\"", CODE_STRING, REGION_LINES | REGION_ESCAPE},
	{"'''", "'''", CODE_STRING, REGION_LINES},
	{"\"", "\"", CODE_STRING, REGION_ESCAPE}, {"'", "'", CODE_STRING, 0},
	END};

static const char *const ini_words[] = {
	"false", "no", "null", "off", "on", "true", "yes"};
static const struct code_region ini_regions[] = {
	{"[", "]", CODE_META, REGION_COLUMN0},
	{"#", NULL, CODE_COMMENT, REGION_SPACED},
	{";", NULL, CODE_COMMENT, REGION_FIRST},
	{"\"", "\"", CODE_STRING, REGION_ESCAPE | REGION_APART},
	{"'", "'", CODE_STRING, REGION_APART}, END};

static const struct code_region html_regions[] = {
	{"<!--", "-->", CODE_COMMENT, REGION_LINES},
	{"<![CDATA[", "]]>", CODE_STRING, REGION_LINES},
	{"<!", ">", CODE_META, REGION_LINES},
	{"<?", "?>", CODE_META, REGION_LINES}, END};

static const char *const css_words[] = {
	"and", "from", "important", "not", "only", "through", "to"};
static const struct code_region css_regions[] = {SLASHES, QUOTES, END};

static const struct code_region diff_regions[] = {
	{"+++", NULL, CODE_META, REGION_COLUMN0},
	{"---", NULL, CODE_META, REGION_COLUMN0},
	{"+", NULL, CODE_ADDED, REGION_COLUMN0},
	{"-", NULL, CODE_REMOVED, REGION_COLUMN0},
	{">", NULL, CODE_ADDED, REGION_COLUMN0},
	{"<", NULL, CODE_REMOVED, REGION_COLUMN0},
	{"@@", NULL, CODE_META, REGION_COLUMN0},
	{"diff ", NULL, CODE_META, REGION_COLUMN0},
	{"index ", NULL, CODE_META, REGION_COLUMN0}, END};

static const char *const make_words[] = {"define", "else", "endef", "endif",
	"export", "ifdef", "ifeq", "ifndef", "ifneq", "include", "override",
	"unexport", "vpath"};
static const struct code_region make_regions[] = {
	{"#", NULL, CODE_COMMENT, REGION_SPACED | REGION_JOIN},
	{"$(", ")", CODE_NAME, 0}, {"${", "}", CODE_NAME, 0},
	{"\"", "\"", CODE_STRING, REGION_ESCAPE}, {"'", "'", CODE_STRING, 0},
	END};

static const char *const cmake_words[] = {"and", "break", "continue", "defined",
	"else", "elseif", "endforeach", "endfunction", "endif", "endmacro",
	"endwhile", "exists", "foreach", "function", "if", "in", "include",
	"items", "lists", "macro", "matches", "not", "or", "return", "strequal",
	"target", "version_less", "while"};
static const struct code_region cmake_regions[] = {
	{"#[[", "]]", CODE_COMMENT, REGION_LINES}, HASHES,
	{"${", "}", CODE_NAME, 0}, {"$<", ">", CODE_NAME, 0},
	{"\"", "\"", CODE_STRING, REGION_LINES | REGION_ESCAPE}, END};

static const char *const docker_words[] = {"ADD", "ARG", "AS", "CMD", "COPY",
	"ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL",
	"MAINTAINER", "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME",
	"WORKDIR"};
static const struct code_region docker_regions[] = {
	{"#", NULL, CODE_COMMENT, REGION_FIRST}, {"${", "}", CODE_NAME, 0},
	{"\"", "\"", CODE_STRING, REGION_LINES | REGION_ESCAPE},
	{"'", "'", CODE_STRING, REGION_LINES}, END};

static const char *const nginx_words[] = {"alias", "data", "events", "false",
	"for_each", "if", "include", "listen", "local", "locals", "location",
	"map", "module", "null", "off", "on", "output", "provider",
	"proxy_pass", "resource", "return", "rewrite", "root", "server",
	"server_name", "set", "terraform", "true", "try_files", "upstream",
	"variable"};
static const struct code_region nginx_regions[] = {
	{"#", NULL, CODE_COMMENT, REGION_SPACED},
	{"//", NULL, CODE_COMMENT, REGION_FIRST},
	{"/*", "*/", CODE_COMMENT, REGION_LINES}, {"${", "}", CODE_NAME, 0},
	{"\"", "\"", CODE_STRING, REGION_LINES | REGION_ESCAPE},
	{"'", "'", CODE_STRING, REGION_APART}, END};

static const struct code_region markdown_regions[] = {
	{"```", "```", CODE_STRING, REGION_LINES | REGION_FIRST},
	{"#", NULL, CODE_KEYWORD, REGION_COLUMN0},
	{">", NULL, CODE_COMMENT, REGION_COLUMN0},
	{"<!--", "-->", CODE_COMMENT, REGION_LINES}, {"`", "`", CODE_STRING, 0},
	{"**", "**", CODE_TYPE, 0}, {"- ", "", CODE_META, REGION_FIRST},
	{"* ", "", CODE_META, REGION_FIRST}, END};

const struct code_lang code_formats[] = {
	{"json jsonc json5 jsonl ndjson geojson",
		{json_words, COUNT(json_words)}, {NULL, 0}, json_regions, "",
		"", NULL, NULL, NULL, LANG_JSON},
	{"yaml yml ansible k8s kubernetes", {yaml_words, COUNT(yaml_words)},
		{NULL, 0}, yaml_regions, "-./", "", ":", NULL, NULL,
		LANG_KEY_FIRST | LANG_KEY_SPACE | LANG_BLOCKS},
	{"toml", {toml_words, COUNT(toml_words)}, {NULL, 0}, toml_regions, "-.",
		"", "=", NULL, NULL, LANG_KEY_FIRST},
	{"ini conf cfg config properties env dotenv desktop systemd service "
	 "editorconfig gitconfig",
		{ini_words, COUNT(ini_words)}, {NULL, 0}, ini_regions, "-.",
		"$", "=:", NULL, NULL, LANG_KEY_FIRST},
	{"html htm xhtml xml svg rss atom xsd xsl plist xaml html5 handlebars "
	 "jinja jinja2 django erb",
		{NULL, 0}, {NULL, 0}, html_regions, "-:.", "", NULL, NULL, "<?",
		LANG_TAGS},
	{"css scss sass less", {css_words, COUNT(css_words)}, {NULL, 0},
		css_regions, "-", "@#$", ":", NULL, "</", 0},
	{"diff patch udiff", {NULL, 0}, {NULL, 0}, diff_regions, "", "", NULL,
		NULL, NULL, LANG_PROSE},
	{"make makefile mk gnumake", {make_words, COUNT(make_words)}, {NULL, 0},
		make_regions, "-./%", "$", ":=?+", NULL, NULL, LANG_KEY_FIRST},
	{"cmake cmakelists", {cmake_words, COUNT(cmake_words)}, {NULL, 0},
		cmake_regions, "", "", NULL, NULL, NULL,
		LANG_NOCASE | LANG_CALLS},
	{"dockerfile docker containerfile", {docker_words, COUNT(docker_words)},
		{NULL, 0}, docker_regions, "-", "$", NULL, "<<", NULL,
		LANG_BACKSLASH},
	{"nginx hcl terraform tf", {nginx_words, COUNT(nginx_words)}, {NULL, 0},
		nginx_regions, "-", "$", NULL, "<<", NULL, 0},
	{"markdown md mdx rmd commonmark gfm", {NULL, 0}, {NULL, 0},
		markdown_regions, "", "", NULL, NULL, NULL, LANG_PROSE}};

const size_t code_n_formats = COUNT(code_formats);
