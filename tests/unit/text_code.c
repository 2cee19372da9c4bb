/* text/code: which bytes get which style, and the promises. */
#include "unit/check.h"

#include <stdint.h>

#include "fuzz/code_rules.h"

/* Styles as code_see() names them: . text, k keyword, t type, s string, n
 * number, c comment, m meta, i name, a added, d removed. */
struct row {
	const char *lang;
	const char *code;
	const char *styles;
};

static const struct row rows[] = {
	{"c",
		"#include <stdio.h>\n"
		" # define X \"a\\\"b\" 'c' /* multi\n"
		"line */ 0x1f+5 1.5e-3f\n"
		"static size_t f(const char *s) // note \\\n"
		"more\n"
		"{\n"
		"\treturn s->default + int32_t(3);\n",
		"mmmmmmmmm.........\n"
		".mmmmmmmmm..ssssssssssscccccccc\n"
		"ccccccccnnnn.nnnnnnnnn\n"
		"kkkkkkkttttttt..kkkkkkttttt....ccccccccc\n"
		"cccc\n"
		".\n"
		".kkkkkkk...kkkkkkkk..ttttttt.n..\n"},
	{"C++",
		"R\"(raw \"x\" )\" 1'000 u8 \"unclosed\n"
		"int x; // c",
		"ssssssssssssssnnnnnn...sssssssss\n"
		"tttt...cccc"},
	{"cs",
		"#region x\n"
		"string s = @\"a\\\"; // c",
		"mmmmmmmm.\n"
		"ttttttt....sssss..cccc"},
	{"java",
		"\"\"\"\n"
		" text \"x\"\n"
		"\"\"\" @Override\n"
		"class Foo<T> extends Bar { int A_B = 1_000; }",
		"sss\n"
		"sssssssss\n"
		"ssssmmmmmmmmm\n"
		"kkkkkkttt.t..kkkkkkkktttt..tttt......nnnnn..."},
	{"kotlin", "/* a /* b */ c */ val x = \"s\"",
		"cccccccccccccccccckkkk....sss"},
	{"swift", "let x: Int = 0b1 // c", "kkkk...tttt..nnnncccc"},
	{"scala", "def f(x: 'a) = 'b'", "kkkk.....mm....sss"},
	{"go",
		"func f(s []byte) { x := `raw\n"
		"\"y`; r := 'x' } // c",
		"kkkkk......tttt.........ssss\n"
		"sss.......ssss..cccc"},
	{"rust",
		"#[derive(Debug)]\n"
		"fn f<'a>(x: &'a str) -> Vec<u8> { 'x'; '\\n'; '\xc3\xa9'; "
		"\"multi\n"
		"line\"; r#\"raw \" \"#; /* a /* b */ c */ 1..10 }",
		"mmmmmmmmmmmmmmmm\n"
		"kkk..mm......mmmttt.....ttt.tt....sss..ssss..ssss..ssssss\n"
		"sssss..sssssssssss..ccccccccccccccccccnnnnnn."},
	{"js",
		"const re = /ab[\"'/]+\\/x/g, y = a / b / c; // x\n"
		"let s = `multi ${x}\n"
		" line`; return /x\"/.test($s); x.class",
		"kkkkkk.....sssssssssssss..................cccc\n"
		"kkkk....sssssssssss\n"
		"ssssss..kkkkkkkssss.................."},
	{"tsx", "@Injectable() class A<T> extends B { x: string }",
		"mmmmmmmmmmm...kkkkkkt.t..kkkkkkkktt.....ttttttt."},
	{"python",
		"@app.route(\"/x\")\n"
		"def f(self, x: int = 3) -> None:\n"
		"    \"\"\"Doc\n"
		"    it's\"\"\"\n"
		"    return f\"a{x}\" + r'\\d' # c",
		"mmmm.......ssss.\n"
		"kkkk..kkkk.....tttt..n.....kkkk.\n"
		"....ssssss\n"
		"sssssssssss\n"
		"....kkkkkkk.sssssss...sssssccc"},
	{"ruby",
		"x = <<~SQL\n"
		"  select 'x\n"
		"SQL\n"
		"class Foo < Bar; arr << \"x\"; @a = $b if a.empty? # x\n"
		"y =~ /a'b/",
		"....ssssss\n"
		"sssssssssss\n"
		"sss\n"
		"kkkkkktttt..ttt.........sss..mmm..iiikkk.........ccc\n"
		".....sssss"},
	{"perl",
		"my $x = \"a\" . @y; # c\n"
		"if ($x =~ /\"/) { print <<EOT;\n"
		"'\n"
		"EOT\n"
		"}",
		"kkkiii..ssss..mm..ccc\n"
		"kkk.iii...sss....kkkkkksssss.\n"
		"s\n"
		"sss\n"
		"."},
	{"php",
		"<html><?php echo \"x\"; $a = <<<EOT\n"
		"it's\n"
		"EOT;\n"
		"?>\n"
		"<p>Don't</p><?= $x ?>",
		"kkkkkkmmmmmmkkkkksss..iii..ssssss\n"
		"ssss\n"
		"sss.\n"
		"mm\n"
		"kkk.....kkkkmmmmiiimm"},
	{"lua",
		"--[[ a\n"
		"b ]] local x = [[s]] -- c",
		"cccccc\n"
		"ccccckkkkkk....sssssscccc"},
	{"haskell", "{- a {- b -} -} x' :: Int -- c",
		"cccccccccccccccc......ttttcccc"},
	{"r", "x <- c(1.5, \"a\") # c", ".......nnn..sss..ccc"},
	{"bash",
		"#!/bin/bash\n"
		"if [ $# -gt 0 ]; then echo \"it's $x\" # c'omment\n"
		"apt-get install --set-upstream don\\'t ${x#y} a#b\n"
		"cat > f <<'EOT' | grep x\n"
		"it's $x\n"
		"EOT\n"
		"x=$((1<<2)); grep <<< 'abc'\n"
		"fi",
		"ccccccccccc\n"
		"kkk..i......nn...kkkkk.....sssssssssscccccccccc\n"
		"......................................iiiiiii...\n"
		"........ssssssss........\n"
		"sssssss\n"
		"sss\n"
		"..i..n..n.............sssss\n"
		"kk"},
	{"powershell",
		"IF ($x -eq \"a`n\") { Get-Item } # c <#\n"
		"<# b\n"
		"#> x",
		"kkk.iii....sssss...............cccccc\n"
		"cccc\n"
		"ccc."},
	{"sql",
		"SELECT a, 'it''s' FROM \"t\" WHERE x = 1 -- c\n"
		"CREATE TABLE t (id BIGINT PRIMARY KEY);",
		"kkkkkkk...sssssssskkkkkiiiikkkkkk....nncccc\n"
		"kkkkkkkkkkkkk......tttttttkkkkkkkkkkk.."},
	{"json",
		"{\"a\": [1, \"x\", {\"k\": null}], \"b\": \"c\\\"d\", \"e\": "
		"-1.5e+3}",
		".iii...n..sss...iii..kkkk....iii..ssssss..iii...nnnnnn."},
	{"yaml",
		"---\n"
		"# c\n"
		"name: CI  # x\n"
		"url: http://x/#a\n"
		"jobs:\n"
		"  - name: \"it\"\n"
		"    run: |\n"
		"      foo: bar\n"
		"\n"
		"      don't\n"
		"    shell: bash\n"
		"  - |\n"
		"   text\n"
		"  - run: >-\n"
		"      a: b\n"
		"    n: 3\n"
		"    say: don't",
		"mmm\n"
		"ccc\n"
		"iiii......ccc\n"
		"iii.............\n"
		"iiii.\n"
		"....iiii..ssss\n"
		"....iii...\n"
		"......ssssssss\n"
		"\n"
		"......sssss\n"
		"....iiiii......\n"
		".....\n"
		"...ssss\n"
		"....iii....\n"
		"......ssss\n"
		"....i..n\n"
		"....iii......."},
	{"toml",
		"[package]\n"
		"name = \"x\" # c\n"
		"a.b=1\n"
		"list = [\n"
		"  \"two\",\n"
		"]",
		"mmmmmmmmm\n"
		"iiiii..ssssccc\n"
		"iii.n\n"
		"iiiii...\n"
		"..sssss.\n"
		"."},
	{"ini",
		"; c\n"
		"[s]\n"
		"key=val ue # c\n"
		"other : don't",
		"ccc\n"
		"mmm\n"
		"iii........ccc\n"
		"iiiiii......."},
	{"html",
		"<!DOCTYPE html>\n"
		"<!-- c\n"
		"x --><a href=\"x\" class=foo disabled>Don't &amp; 3 < 4</a>\n"
		"<script src='x'>\n"
		"let s = \"</a>\"; if (a < b) { return 1; }\n"
		"</script><style>\n"
		"a:hover { color: #fff; width: 10px } /* x */\n"
		"</style><br/>",
		"mmmmmmmmmmmmmmm\n"
		"cccccc\n"
		"ccccckkkiiii.ssssiiiii.ssssiiiiiiiik.................kkkk\n"
		"kkkkkkkkiii.sssk\n"
		"kkkk....ssssss..kkk..........kkkkkkkn...\n"
		"kkkkkkkkkkkkkkkk\n"
		"i.........iiiii..nnnn..iiiii..nnnnn..ccccccc\n"
		"kkkkkkkkkkkkk"},
	{"css",
		"@media (min-width: 10px) { .a:hover { --x-y: 1; color: "
		"rgb(1,2,3) !important } }\n"
		"#header { }",
		"mmmmmmm.iiiiiiiii..nnnn.....i.........iiiii..n..iiiii......n."
		"n.n...kkkkkkkkkk...\n"
		"..........."},
	{"diff",
		"diff --git a b\n"
		"--- a\n"
		"+++ b\n"
		"@@ -1,2 +1,2 @@\n"
		" context 12 don't\n"
		"-old\n"
		"+new",
		"mmmmmmmmmmmmmm\n"
		"mmmmm\n"
		"mmmmm\n"
		"mmmmmmmmmmmmmmm\n"
		".................\n"
		"dddd\n"
		"aaaa"},
	{"make",
		"CC := gcc # x\n"
		"all: foo.o $(X)\n"
		"\t@echo \"x\" foo: bar\n"
		"ifeq ($(A),b)\n"
		".PHONY: all",
		"iii.......ccc\n"
		"iii........iiii\n"
		".......ssss........\n"
		"kkkkk.iiii...\n"
		"iiiiii....."},
	{"cmake",
		"if(NOT X)\n"
		"  target_link_libraries(a ${Y} \"z\") # c\n"
		"ENDIF()\n"
		"#[[ a\n"
		"b ]] x",
		"kk.kkkk..\n"
		"..iiiiiiiiiiiiiiiiiiiii...iiiiisss..ccc\n"
		"kkkkk..\n"
		"ccccc\n"
		"ccccc."},
	{"dockerfile",
		"FROM debian:12 AS x\n"
		"RUN echo \"$X\" \\\n"
		"  && y # no\n"
		"# c",
		"kkkkk.......nnnkkk.\n"
		"kkkk.....sssss.\n"
		"...........\n"
		"ccc"},
	{"hcl", "resource \"a\" \"b\" { x = \"${y}\" } # c",
		"kkkkkkkkkssssssss......sssssss..ccc"},
	{"md",
		"# Head\n"
		"text `code` **b** 3\n"
		"```py\n"
		"x = 'y\n"
		"```\n"
		"- item\n"
		"> q",
		"kkkkkk\n"
		".....ssssssstttttt.\n"
		"sssss\n"
		"ssssss\n"
		"sss\n"
		"mm....\n"
		"ccc"},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void every_language(void)
{
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		const struct code_lang *lang = code_find(
			span_str(rows[i].lang));
		struct span code = span_str(rows[i].code);
		struct code_seen seen;
		uint32_t cuts;

		CHECK(lang != NULL);
		if (lang == NULL)
			continue;
		CHECK(code_lex(lang, code, 0, &seen) == NULL);
		CHECK_STR(seen.text.p, rows[i].code);
		CHECK_STR(seen.styles.p, rows[i].styles);
		for (cuts = 1; cuts < 50; cuts++)
			CHECK(code_promise_broken(lang, code, cuts) == NULL);
		buf_release(&seen.text);
		buf_release(&seen.styles);
	}
}

static void names(void)
{
	static const char *const same[][2] = {{"c", "c"}, {"C++", "c"},
		{" python title=\"x\"", "py"}, {"{.js}", "javascript"},
		{"js{1,3}", "TypeScript"}, {"language-rust", "rs"},
		{"yml", "yaml"}, {"Makefile", "make"}, {"sh", "zsh"},
		{"xml", "html"}, {"patch", "diff"}, {"objective-c", "c"}};
	static const char *const none[] = {
		"", " ", "text", "plain", "console", "unheard-of", "{", "."};
	size_t i;

	for (i = 0; i < COUNT(same); i++) {
		CHECK(code_find(span_str(same[i][0])) != NULL);
		CHECK(code_find(span_str(same[i][0])) ==
			code_find(span_str(same[i][1])));
	}
	for (i = 0; i < COUNT(none); i++)
		CHECK(code_find(span_str(none[i])) == NULL);
}

static void words_in_order(const struct code_words *words)
{
	size_t i;

	for (i = 0; i < words->n; i++) {
		CHECK(strlen(words->p[i]) <= CODE_WORD);
		if (i > 0 && strcmp(words->p[i - 1], words->p[i]) >= 0)
			printf("%s is out of order\n", words->p[i]);
		CHECK(i == 0 || strcmp(words->p[i - 1], words->p[i]) < 0);
	}
}

/* A mark hides a longer one that begins with it and stands behind it. */
static void marks_in_order(const struct code_region *r)
{
	size_t i;
	size_t k;

	for (i = 0; r[i].open != NULL; i++) {
		CHECK(strlen(r[i].open) < CODE_WORD);
		for (k = 0; k < i; k++)
			CHECK(strncmp(r[k].open, r[i].open,
				      strlen(r[k].open)) != 0);
	}
}

static void tables(void)
{
	size_t n = code_n_programs + code_n_formats;
	size_t i;

	for (i = 0; i < n; i++) {
		const struct code_lang *l = i < code_n_programs
			? &code_programs[i]
			: &code_formats[i - code_n_programs];
		struct span names = span_str(l->names);

		words_in_order(&l->keywords);
		words_in_order(&l->types);
		marks_in_order(l->regions);
		/* Each name finds its own row. */
		while (names.n > 0)
			CHECK(code_find(span_cut(&names, ' ')) == l);
	}
}

/* What may be a word waits for its end, nothing else for more than a few
 * bytes, and a word that is too long does not wait. */
static void little_is_held_back(void)
{
	struct code_seen seen;
	struct code c;
	int i;

	buf_init(&seen.text, BUF_SMALL);
	buf_init(&seen.styles, BUF_SMALL);
	code_init(&c, code_see, &seen);
	code_start(&c, code_find(span_str("c")));
	code_feed(&c, span_str("x = \"str"));
	CHECK_STR(seen.text.p, "x = \"str");
	code_feed(&c, span_str("\"; retur"));
	CHECK_STR(seen.text.p, "x = \"str\"; ");
	code_feed(&c, span_str("n 1;"));
	CHECK_STR(seen.text.p, "x = \"str\"; return 1;");
	for (i = 0; i < CODE_WORD; i++)
		code_feed(&c, span_str("w"));
	CHECK_STR(seen.text.p, "x = \"str\"; return 1;");
	code_feed(&c, span_str("w"));
	CHECK_INT(seen.text.len, 20 + CODE_WORD + 1);
	code_feed(&c, span_str("wwww"));
	CHECK_INT(seen.text.len, 20 + CODE_WORD + 5);
	code_line_end(&c);
	/* Without a language nothing waits. */
	code_start(&c, NULL);
	code_feed(&c, span_str("retur"));
	CHECK_INT(seen.text.len, 20 + CODE_WORD + 5 + 5);
	code_line_end(&c);
	buf_release(&seen.text);
	buf_release(&seen.styles);
}

static uint32_t rnd(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

/* Marks of all languages, in every language, more often than chance would. */
static void random_code(void)
{
	static const char *const pieces[] = {"\"", "'", "`", "\"\"\"", "\\",
		"/", "//", "/*", "*/", "#", "--", "<", "</", "<script>", ">",
		"<?php", "?>", "<<", "<<<", "-", "~", "EOT", "${", "}", "{",
		"[", "]", ":", "=", "|", " ", "  ", "\t", "\n", "\n", "\r",
		"if", "return", "x", "int", "0x1e+5", "1.5", "R\"(", "r#\"",
		"@", "$", ",", ";", "(", ")", "\xc3\xa9", "\xf0\x9f\x98\x80",
		"\xff", "+++", "run: |", "- "};
	size_t n_langs = code_n_programs + code_n_formats;
	uint32_t seed = 4711;
	int i;

	for (i = 0; i < 20000; i++) {
		size_t k = rnd(&seed) % n_langs;
		const struct code_lang *lang = k < code_n_programs
			? &code_programs[k]
			: &code_formats[k - code_n_programs];
		uint32_t n = rnd(&seed) % 30;
		const char *why;
		struct buf in;

		buf_init(&in, BUF_SMALL);
		while (n-- > 0)
			buf_str(&in, pieces[rnd(&seed) % COUNT(pieces)]);
		why = code_promise_broken(lang, buf_view(&in), rnd(&seed) | 1);
		if (why != NULL)
			printf("%s: %s: %s\n", lang->names, why, in.p);
		CHECK(why == NULL);
		buf_release(&in);
	}
}

int main(void)
{
	RUN(every_language);
	RUN(names);
	RUN(tables);
	RUN(little_is_held_back);
	RUN(random_code);
	return REPORT();
}
