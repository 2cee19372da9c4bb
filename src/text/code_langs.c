/*
 * Programming languages: rows of text/code. Of regions whose marks begin alike
 * the longest mark stands first; words are in order of their bytes.
 */
#include "text/code_rows.h"

static const char *const c_words[] = {"NULL", "_Alignas", "_Alignof", "_Atomic",
	"_Generic", "_Noreturn", "_Static_assert", "_Thread_local", "alignas",
	"alignof", "and", "and_eq", "asm", "auto", "bitand", "bitor", "break",
	"case", "catch", "class", "co_await", "co_return", "co_yield", "compl",
	"concept", "const", "const_cast", "consteval", "constexpr", "constinit",
	"continue", "decltype", "default", "delete", "do", "dynamic_cast",
	"else", "enum", "explicit", "export", "extern", "false", "final", "for",
	"friend", "goto", "if", "inline", "mutable", "namespace", "new",
	"noexcept", "not", "not_eq", "nullptr", "operator", "or", "or_eq",
	"override", "private", "protected", "public", "register",
	"reinterpret_cast", "requires", "restrict", "return", "sizeof",
	"static", "static_assert", "static_cast", "struct", "switch",
	"template", "this", "thread_local", "throw", "true", "try", "typedef",
	"typeid", "typename", "union", "using", "virtual", "volatile", "while",
	"xor", "xor_eq"};
static const char *const c_types[] = {"FILE", "_Bool", "bool", "char",
	"char16_t", "char32_t", "char8_t", "double", "float", "int", "long",
	"shared_ptr", "short", "signed", "size_t", "ssize_t", "string",
	"string_view", "unique_ptr", "unsigned", "vector", "void", "wchar_t"};
static const struct code_region c_regions[] = {
	{"R\"(", ")\"", CODE_STRING, REGION_LINES},
	{"//", NULL, CODE_COMMENT, REGION_JOIN},
	{"/*", "*/", CODE_COMMENT, REGION_LINES}, QUOTES, END};

static const char *const java_words[] = {"abstract", "assert", "break", "case",
	"catch", "class", "const", "continue", "def", "default", "do", "else",
	"enum", "exports", "extends", "false", "final", "finally", "for",
	"goto", "if", "implements", "import", "instanceof", "interface",
	"module", "native", "new", "non-sealed", "null", "package", "permits",
	"private", "protected", "public", "record", "return", "sealed",
	"static", "strictfp", "super", "switch", "synchronized", "this",
	"throw", "throws", "transient", "true", "try", "var", "volatile",
	"while", "yield"};
static const char *const java_types[] = {"boolean", "byte", "char", "double",
	"float", "int", "long", "short", "void"};
static const struct code_region java_regions[] = {
	{"\"\"\"", "\"\"\"", CODE_STRING, REGION_LINES | REGION_ESCAPE},
	SLASHES, QUOTES, END};

static const char *const csharp_words[] = {"abstract", "as", "async", "await",
	"base", "break", "case", "catch", "checked", "class", "const",
	"continue", "default", "delegate", "do", "else", "enum", "event",
	"explicit", "extern", "false", "finally", "fixed", "for", "foreach",
	"get", "goto", "if", "implicit", "in", "init", "interface", "internal",
	"is", "lock", "nameof", "namespace", "new", "null", "operator", "out",
	"override", "params", "partial", "private", "protected", "public",
	"readonly", "record", "ref", "required", "return", "sealed", "set",
	"sizeof", "stackalloc", "static", "struct", "switch", "this", "throw",
	"true", "try", "typeof", "unchecked", "unsafe", "using", "var",
	"virtual", "volatile", "when", "where", "while", "with", "yield"};
static const char *const csharp_types[] = {"bool", "byte", "char", "decimal",
	"double", "dynamic", "float", "int", "long", "nint", "nuint", "object",
	"sbyte", "short", "string", "uint", "ulong", "ushort", "void"};
static const struct code_region csharp_regions[] = {
	{"\"\"\"", "\"\"\"", CODE_STRING, REGION_LINES},
	{"@\"", "\"", CODE_STRING, REGION_LINES},
	{"$@\"", "\"", CODE_STRING, REGION_LINES}, SLASHES, QUOTES, END};

static const char *const kotlin_words[] = {"abstract", "actual", "annotation",
	"as", "break", "by", "catch", "class", "companion", "const",
	"constructor", "continue", "crossinline", "data", "do", "dynamic",
	"else", "enum", "expect", "external", "false", "final", "finally",
	"for", "fun", "get", "if", "import", "in", "infix", "init", "inline",
	"inner", "interface", "internal", "is", "lateinit", "noinline", "null",
	"object", "open", "operator", "out", "override", "package", "private",
	"protected", "public", "reified", "return", "sealed", "set", "super",
	"suspend", "tailrec", "this", "throw", "true", "try", "typealias",
	"typeof", "val", "var", "vararg", "when", "where", "while"};
static const struct code_region kotlin_regions[] = {
	{"\"\"\"", "\"\"\"", CODE_STRING, REGION_LINES}, NESTED, QUOTES, END};

static const char *const swift_words[] = {"actor", "any", "as",
	"associatedtype", "async", "await", "break", "case", "catch", "class",
	"continue", "default", "defer", "deinit", "do", "else", "enum",
	"extension", "fallthrough", "false", "fileprivate", "final", "for",
	"func", "get", "guard", "if", "import", "in", "indirect", "infix",
	"init", "inout", "internal", "is", "lazy", "let", "mutating", "nil",
	"nonisolated", "open", "operator", "optional", "override", "private",
	"protocol", "public", "repeat", "required", "rethrows", "return",
	"self", "set", "some", "static", "struct", "subscript", "super",
	"switch", "throw", "throws", "true", "try", "typealias", "unowned",
	"var", "weak", "where", "while"};
static const struct code_region swift_regions[] = {
	{"\"\"\"", "\"\"\"", CODE_STRING, REGION_LINES | REGION_ESCAPE}, NESTED,
	{"\"", "\"", CODE_STRING, REGION_ESCAPE}, END};

static const char *const scala_words[] = {"abstract", "case", "catch", "class",
	"def", "do", "else", "enum", "export", "extends", "false", "final",
	"finally", "for", "forSome", "given", "if", "implicit", "import",
	"lazy", "match", "new", "null", "object", "override", "package",
	"private", "protected", "return", "sealed", "super", "then", "this",
	"throw", "trait", "true", "try", "type", "using", "val", "var", "while",
	"with", "yield"};
static const struct code_region scala_regions[] = {
	{"\"\"\"", "\"\"\"", CODE_STRING, REGION_LINES}, NESTED,
	{"\"", "\"", CODE_STRING, REGION_ESCAPE}, END};

static const char *const go_words[] = {"break", "case", "chan", "const",
	"continue", "default", "defer", "else", "fallthrough", "false", "for",
	"func", "go", "goto", "if", "import", "interface", "iota", "map", "nil",
	"package", "range", "return", "select", "struct", "switch", "true",
	"type", "var"};
static const char *const go_types[] = {"any", "bool", "byte", "comparable",
	"complex128", "complex64", "error", "float32", "float64", "int",
	"int16", "int32", "int64", "int8", "rune", "string", "uint", "uint16",
	"uint32", "uint64", "uint8", "uintptr"};
static const struct code_region go_regions[] = {
	SLASHES, {"`", "`", CODE_STRING, REGION_LINES}, QUOTES, END};

static const char *const rust_words[] = {"as", "async", "await", "break",
	"const", "continue", "crate", "dyn", "else", "enum", "extern", "false",
	"fn", "for", "if", "impl", "in", "let", "loop", "macro_rules", "match",
	"mod", "move", "mut", "pub", "ref", "return", "self", "static",
	"struct", "super", "trait", "true", "try", "type", "union", "unsafe",
	"use", "where", "while", "yield"};
static const char *const rust_types[] = {"Self", "bool", "char", "f32", "f64",
	"i128", "i16", "i32", "i64", "i8", "isize", "str", "u128", "u16", "u32",
	"u64", "u8", "usize"};
static const struct code_region rust_regions[] = {{"#![", "]", CODE_META, 0},
	{"#[", "]", CODE_META, 0}, {"r##\"", "\"##", CODE_STRING, REGION_LINES},
	{"r#\"", "\"#", CODE_STRING, REGION_LINES},
	{"r\"", "\"", CODE_STRING, REGION_LINES}, NESTED,
	{"\"", "\"", CODE_STRING, REGION_LINES | REGION_ESCAPE}, END};

static const char *const js_words[] = {"abstract", "as", "asserts", "async",
	"await", "break", "case", "catch", "class", "const", "continue",
	"debugger", "declare", "default", "delete", "do", "else", "enum",
	"export", "extends", "false", "finally", "for", "from", "function",
	"get", "if", "implements", "import", "in", "infer", "instanceof",
	"interface", "is", "keyof", "let", "namespace", "new", "null", "of",
	"override", "package", "private", "protected", "public", "readonly",
	"return", "satisfies", "set", "static", "super", "switch", "this",
	"throw", "true", "try", "type", "typeof", "undefined", "var", "void",
	"while", "with", "yield"};
static const char *const js_types[] = {"any", "bigint", "boolean", "never",
	"number", "object", "string", "symbol", "unknown"};
static const struct code_region js_regions[] = {SLASHES,
	{"`", "`", CODE_STRING, REGION_LINES | REGION_ESCAPE}, QUOTES, END};

static const char *const python_words[] = {"False", "None", "True", "and", "as",
	"assert", "async", "await", "break", "case", "class", "continue", "def",
	"del", "elif", "else", "except", "finally", "for", "from", "global",
	"if", "import", "in", "is", "lambda", "match", "nonlocal", "not", "or",
	"pass", "raise", "return", "self", "try", "while", "with", "yield"};
static const char *const python_types[] = {"bool", "bytearray", "bytes",
	"complex", "dict", "float", "frozenset", "int", "list", "object",
	"range", "set", "str", "tuple", "type"};
static const struct code_region python_regions[] = {
	{"\"\"\"", "\"\"\"", CODE_STRING, REGION_LINES | REGION_ESCAPE},
	{"'''", "'''", CODE_STRING, REGION_LINES | REGION_ESCAPE}, HASHES,
	QUOTES, END};

static const char *const ruby_words[] = {"BEGIN", "END", "alias", "and",
	"attr_accessor", "attr_reader", "attr_writer", "begin", "break", "case",
	"class", "def", "defined", "do", "else", "elsif", "end", "ensure",
	"extend", "false", "for", "if", "in", "include", "loop", "module",
	"next", "nil", "not", "or", "private", "protected", "public", "puts",
	"raise", "redo", "require", "require_relative", "rescue", "retry",
	"return", "self", "super", "then", "true", "undef", "unless", "until",
	"when", "while", "yield"};
static const struct code_region ruby_regions[] = {
	{"=begin", "=end", CODE_COMMENT, REGION_LINES | REGION_COLUMN0},
	{"#", NULL, CODE_COMMENT, REGION_SPACED},
	{"\"", "\"", CODE_STRING, REGION_LINES | REGION_ESCAPE},
	{"'", "'", CODE_STRING, REGION_LINES | REGION_ESCAPE},
	{"`", "`", CODE_STRING, REGION_ESCAPE}, END};

static const char *const perl_words[] = {"and", "cmp", "die", "do", "else",
	"elsif", "eq", "for", "foreach", "ge", "given", "gt", "if", "keys",
	"last", "le", "local", "lt", "my", "ne", "next", "no", "not", "or",
	"our", "package", "print", "printf", "push", "qw", "redo", "require",
	"return", "say", "shift", "sub", "undef", "unless", "until", "use",
	"wantarray", "warn", "when", "while", "xor"};
static const struct code_region perl_regions[] = {
	{"=pod", "=cut", CODE_COMMENT, REGION_LINES | REGION_COLUMN0},
	{"#", NULL, CODE_COMMENT, REGION_SPACED},
	{"\"", "\"", CODE_STRING, REGION_LINES | REGION_ESCAPE},
	{"'", "'", CODE_STRING, REGION_LINES | REGION_ESCAPE}, END};

static const char *const php_words[] = {"abstract", "and", "array", "as",
	"break", "callable", "case", "catch", "class", "clone", "const",
	"continue", "declare", "default", "do", "echo", "else", "elseif",
	"empty", "enddeclare", "endfor", "endforeach", "endif", "endswitch",
	"endwhile", "enum", "exit", "extends", "false", "final", "finally",
	"fn", "for", "foreach", "function", "global", "goto", "if",
	"implements", "include", "include_once", "instanceof", "insteadof",
	"interface", "isset", "list", "match", "namespace", "new", "null", "or",
	"print", "private", "protected", "public", "readonly", "require",
	"require_once", "return", "self", "static", "switch", "throw", "trait",
	"true", "try", "unset", "use", "var", "while", "xor", "yield"};
static const char *const php_types[] = {"bool", "float", "int", "iterable",
	"mixed", "never", "object", "parent", "string", "void"};
static const struct code_region php_regions[] = {{"<?php", "", CODE_META, 0},
	{"<?=", "", CODE_META, 0}, {"#[", "]", CODE_META, 0}, SLASHES, HASHES,
	{"\"", "\"", CODE_STRING, REGION_LINES | REGION_ESCAPE},
	{"'", "'", CODE_STRING, REGION_LINES | REGION_ESCAPE}, END};

static const char *const lua_words[] = {"and", "break", "do", "else", "elseif",
	"end", "false", "for", "function", "goto", "if", "in", "local", "nil",
	"not", "or", "repeat", "return", "then", "true", "until", "while"};
static const struct code_region lua_regions[] = {
	{"--[[", "]]", CODE_COMMENT, REGION_LINES}, DASHES,
	{"[[", "]]", CODE_STRING, REGION_LINES}, QUOTES, END};

static const char *const haskell_words[] = {"as", "case", "class", "data",
	"default", "deriving", "do", "else", "exposing", "forall", "foreign",
	"hiding", "if", "import", "in", "infix", "infixl", "infixr", "instance",
	"let", "module", "newtype", "of", "port", "qualified", "then", "type",
	"where"};
static const struct code_region haskell_regions[] = {
	{"{-", "-}", CODE_COMMENT, REGION_LINES | REGION_NEST}, DASHES,
	{"\"", "\"", CODE_STRING, REGION_ESCAPE}, END};

static const char *const r_words[] = {"FALSE", "Inf", "NA", "NULL", "NaN",
	"TRUE", "abstract", "baremodule", "begin", "break", "catch", "const",
	"do", "else", "elseif", "end", "export", "false", "finally", "for",
	"function", "global", "if", "import", "in", "let", "library", "local",
	"macro", "module", "mutable", "next", "nothing", "quote", "repeat",
	"return", "struct", "true", "try", "using", "while"};
static const struct code_region r_regions[] = {
	{"\"\"\"", "\"\"\"", CODE_STRING, REGION_LINES | REGION_ESCAPE},
	{"#=", "=#", CODE_COMMENT, REGION_LINES | REGION_NEST}, HASHES,
	{"\"", "\"", CODE_STRING, REGION_LINES | REGION_ESCAPE},
	{"'", "'", CODE_STRING, REGION_ESCAPE | REGION_APART}, END};

static const char *const shell_words[] = {"alias", "begin", "break", "case",
	"continue", "declare", "do", "done", "elif", "else", "end", "esac",
	"eval", "exec", "exit", "export", "false", "fi", "for", "function",
	"if", "in", "local", "readonly", "return", "select", "set", "shift",
	"source", "switch", "test", "then", "time", "trap", "true", "typeset",
	"unset", "until", "while"};
static const struct code_region shell_regions[] = {
	{"#", NULL, CODE_COMMENT, REGION_SPACED}, {"${", "}", CODE_NAME, 0},
	{"$'", "'", CODE_STRING, REGION_LINES | REGION_ESCAPE},
	{"\"", "\"", CODE_STRING, REGION_LINES | REGION_ESCAPE},
	{"'", "'", CODE_STRING, REGION_LINES}, END};

static const char *const powershell_words[] = {"begin", "break", "catch",
	"class", "continue", "data", "do", "dynamicparam", "else", "elseif",
	"end", "enum", "exit", "filter", "finally", "for", "foreach", "from",
	"function", "hidden", "if", "in", "param", "process", "return",
	"static", "switch", "throw", "trap", "try", "until", "using", "while"};
static const struct code_region powershell_regions[] = {
	{"<#", "#>", CODE_COMMENT, REGION_LINES},
	{"#", NULL, CODE_COMMENT, REGION_SPACED},
	{"@\"", "\"@", CODE_STRING, REGION_LINES},
	{"@'", "'@", CODE_STRING, REGION_LINES},
	{"\"", "\"", CODE_STRING, REGION_LINES},
	{"'", "'", CODE_STRING, REGION_LINES}, END};

static const char *const sql_words[] = {"add", "after", "all", "alter",
	"analyze", "and", "any", "as", "asc", "auto_increment", "autoincrement",
	"before", "begin", "between", "by", "cascade", "case", "check",
	"collate", "column", "commit", "conflict", "constraint", "create",
	"cross", "current_date", "current_timestamp", "cursor", "database",
	"declare", "default", "delete", "desc", "distinct", "do", "drop",
	"each", "else", "end", "except", "execute", "exists", "explain",
	"false", "fetch", "first", "for", "foreign", "from", "full", "function",
	"generated", "grant", "group", "having", "if", "ignore", "ilike", "in",
	"index", "inner", "insert", "intersect", "into", "is", "join", "key",
	"last", "lateral", "left", "like", "limit", "loop", "materialized",
	"natural", "not", "null", "nulls", "of", "offset", "on", "or", "order",
	"outer", "over", "partition", "primary", "procedure", "recursive",
	"references", "rename", "replace", "restrict", "return", "returning",
	"returns", "revoke", "right", "rollback", "row", "rows", "schema",
	"select", "sequence", "set", "table", "temp", "temporary", "then", "to",
	"transaction", "trigger", "true", "truncate", "union", "unique",
	"update", "using", "values", "view", "when", "where", "while", "window",
	"with"};
static const char *const sql_types[] = {"array", "bigint", "bigserial",
	"binary", "blob", "bool", "boolean", "bytea", "char", "character",
	"date", "datetime", "decimal", "double", "enum", "float", "int",
	"integer", "interval", "json", "jsonb", "money", "nchar", "number",
	"numeric", "nvarchar", "real", "serial", "smallint", "text", "time",
	"timestamp", "timestamptz", "tinyint", "uuid", "varbinary", "varchar",
	"varchar2", "xml"};
static const struct code_region sql_regions[] = {DASHES,
	{"/*", "*/", CODE_COMMENT, REGION_LINES},
	{"#", NULL, CODE_COMMENT, REGION_FIRST},
	{"'", "'", CODE_STRING, REGION_LINES}, {"\"", "\"", CODE_NAME, 0},
	{"`", "`", CODE_NAME, 0}, END};

const struct code_lang code_programs[] = {
	{"c h cpp c++ cc cxx hpp hh hxx cuda arduino ino objc objective-c",
		{c_words, COUNT(c_words)}, {c_types, COUNT(c_types)}, c_regions,
		"", "", NULL, NULL, NULL,
		LANG_HASH | LANG_SUFFIX_T | LANG_TICKS},
	{"java groovy gradle", {java_words, COUNT(java_words)},
		{java_types, COUNT(java_types)}, java_regions, "", "@", NULL,
		NULL, NULL, LANG_UPPER},
	{"cs csharp c# fsharp", {csharp_words, COUNT(csharp_words)},
		{csharp_types, COUNT(csharp_types)}, csharp_regions, "", "",
		NULL, NULL, NULL, LANG_UPPER | LANG_HASH},
	{"kotlin kt kts", {kotlin_words, COUNT(kotlin_words)}, {NULL, 0},
		kotlin_regions, "", "@", NULL, NULL, NULL, LANG_UPPER},
	{"swift", {swift_words, COUNT(swift_words)}, {NULL, 0}, swift_regions,
		"", "@", NULL, NULL, NULL, LANG_UPPER | LANG_HASH},
	{"scala sc", {scala_words, COUNT(scala_words)}, {NULL, 0},
		scala_regions, "", "@", NULL, NULL, NULL,
		LANG_UPPER | LANG_LIFETIME},
	{"go golang", {go_words, COUNT(go_words)}, {go_types, COUNT(go_types)},
		go_regions, "", "", NULL, NULL, NULL, 0},
	{"rust rs", {rust_words, COUNT(rust_words)},
		{rust_types, COUNT(rust_types)}, rust_regions, "", "", NULL,
		NULL, NULL, LANG_UPPER | LANG_LIFETIME},
	{"js javascript jsx ts typescript tsx mjs cjs node mts cts vue svelte "
	 "react",
		{js_words, COUNT(js_words)}, {js_types, COUNT(js_types)},
		js_regions, "$", "@", NULL, NULL, "</",
		LANG_UPPER | LANG_REGEX},
	{"python py py3 python3 pyi pycon ipython starlark bazel",
		{python_words, COUNT(python_words)},
		{python_types, COUNT(python_types)}, python_regions, "", "@",
		NULL, NULL, NULL, 0},
	{"ruby rb rake gemfile podfile crystal",
		{ruby_words, COUNT(ruby_words)}, {NULL, 0}, ruby_regions, "?!",
		"@$", NULL, "<<", NULL, LANG_UPPER | LANG_REGEX},
	{"perl pl pm", {perl_words, COUNT(perl_words)}, {NULL, 0}, perl_regions,
		"", "$@%", NULL, "<<", NULL, LANG_REGEX},
	{"php php3 php7 php8 phtml laravel", {php_words, COUNT(php_words)},
		{php_types, COUNT(php_types)}, php_regions, "", "$", NULL,
		"<<<", "?>", LANG_UPPER | LANG_PAGE},
	{"lua luau", {lua_words, COUNT(lua_words)}, {NULL, 0}, lua_regions, "",
		"", NULL, NULL, NULL, 0},
	{"haskell hs elm", {haskell_words, COUNT(haskell_words)}, {NULL, 0},
		haskell_regions, "'", "", NULL, NULL, NULL, LANG_UPPER},
	{"r rscript julia jl", {r_words, COUNT(r_words)}, {NULL, 0}, r_regions,
		".", "@", NULL, NULL, NULL, 0},
	{"sh bash shell zsh ksh fish dash ash",
		{shell_words, COUNT(shell_words)}, {NULL, 0}, shell_regions,
		"-", "$", NULL, "<<", NULL, LANG_BACKSLASH},
	{"powershell ps1 pwsh posh",
		{powershell_words, COUNT(powershell_words)}, {NULL, 0},
		powershell_regions, "-", "$", NULL, NULL, NULL, LANG_NOCASE},
	{"sql mysql postgres postgresql psql pgsql sqlite plsql tsql mariadb",
		{sql_words, COUNT(sql_words)}, {sql_types, COUNT(sql_types)},
		sql_regions, "", "@", NULL, NULL, NULL, LANG_NOCASE}};

const size_t code_n_programs = COUNT(code_programs);
