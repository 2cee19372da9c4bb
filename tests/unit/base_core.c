/* base: buf, span, err, id, vec, secret, file, utf8. */
#include "unit/check.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/id.h"
#include "base/le.h"
#include "base/secret.h"
#include "base/utf8.h"
#include "base/vec.h"

static void buf_grows_to_its_maximum_and_stays_bad(void)
{
	struct buf b;
	struct err err = {0};

	buf_init(&b, 8);
	CHECK_STR(b.p, "");
	buf_str(&b, "12345678");
	CHECK(!b.bad);
	CHECK_INT(b.len, 8);
	buf_char(&b, '9');
	CHECK(b.bad);
	buf_reset(&b);
	CHECK(!b.bad);
	buf_str(&b, "123456789");
	CHECK(b.bad);
	buf_char(&b, 'x');
	CHECK_INT(b.len, 0);
	CHECK_INT(buf_check(&b, "name", &err), ST_NOMEM);
	buf_release(&b);
	CHECK_STR(b.p, "");
}

static void buf_copies_what_was_lent_when_it_grows(void)
{
	char lent[] = "lent";
	struct buf b;
	char *s;

	buf_init(&b, 8);
	buf_lend(&b, lent, 4);
	CHECK(b.p == lent && b.len == 4 && !b.bad);
	buf_str(&b, "!!");
	CHECK_STR(b.p, "lent!!");
	CHECK_STR(lent, "lent");
	buf_release(&b);

	buf_lend(&b, lent, 4);
	buf_reset(&b);
	CHECK_STR(b.p, "");
	CHECK_STR(lent, "lent");
	buf_lend(&b, lent, 4);
	s = buf_detach(&b);
	CHECK(s != lent);
	CHECK_STR(s, "lent");
	free(s);
	CHECK_STR(b.p, "");

	buf_lend(&b, lent, 4);
	buf_set(&b, span_str("other"));
	CHECK_STR(b.p, "other");
	buf_release(&b);
	buf_lend(&b, lent, 4);
	buf_str(&b, "too much");
	CHECK(b.bad);
	CHECK_STR(b.p, "lent");
	buf_release(&b);
	CHECK_STR(lent, "lent");
	buf_init(&b, 3);
	buf_lend(&b, lent, 4);
	CHECK(b.bad && b.len == 0);
}

static void arena_gives_what_stays_in_its_place(void)
{
	enum { PIECES = 3000 };
	static unsigned char *piece[PIECES];
	struct arena a = {NULL};
	struct arena b = {NULL};
	size_t wrong = 0;
	size_t i;
	size_t k;

	/* More than one of the largest blocks, and one piece larger still. */
	for (i = 0; i < PIECES; i++) {
		size_t n = i == 1000 ? (size_t)3 * 1024 * 1024 : i;

		piece[i] = arena_get(i % 2 ? &a : &b, n);
		CHECK(piece[i] != NULL && (uintptr_t)piece[i] % 16 == 0);
		if (piece[i] != NULL)
			memset(piece[i], (int)(i & 0xff), n);
	}
	arena_move(&a, &b);
	CHECK(b.last == NULL);
	for (i = 0; i < PIECES; i++)
		for (k = 0; k < i; k++)
			wrong += piece[i][k] != (i & 0xff);
	CHECK_INT(wrong, 0);
	CHECK(arena_get(&a, SIZE_MAX) == NULL);
	arena_release(&a);
	CHECK(arena_get(&a, 0) != NULL);
	arena_release(&a);
}

static void buf_edits(void)
{
	struct buf b;
	char *s;

	buf_init(&b, BUF_SMALL);
	buf_fmt(&b, "%d-%s", 42, "x");
	CHECK_STR(b.p, "42-x");
	buf_consume(&b, 3);
	CHECK_STR(b.p, "x");
	buf_add(&b, "\0y", 2);
	CHECK_INT(b.len, 3);
	buf_truncate(&b, 1);
	CHECK_STR(b.p, "x");
	s = buf_detach(&b);
	CHECK_STR(s, "x");
	free(s);
	CHECK_INT(b.len, 0);
}

static void spans_cut_and_compare(void)
{
	struct span s = span_str("a:b:");
	struct span part = span_cut(&s, ':');
	long long v = 0;

	CHECK(span_is(part, "a"));
	part = span_cut(&s, ':');
	CHECK(span_is(part, "b"));
	CHECK(s.p != NULL);
	CHECK_INT(s.n, 0);
	part = span_cut(&s, ':');
	CHECK_INT(part.n, 0);
	CHECK(s.p == NULL);
	CHECK(span_caseis(span_str("LlaMa"), "llama"));
	CHECK(!span_caseis(span_str("llam"), "llama"));
	CHECK(!span_caseis(span_str("llamas"), "llama"));
	CHECK(span_casestarts(span_str("LlaMa"), span_str("llA")));
	CHECK(!span_casestarts(span_str("ll"), span_str("lla")));
	CHECK(span_casehas(span_str("My LlaMa"), span_str("lama")));
	CHECK(span_casehas(span_str("x"), span_str("")));
	CHECK(span_casehas(span_of(NULL, 0), span_of(NULL, 0)));
	CHECK(!span_casehas(span_str("lam"), span_str("lama")));
	CHECK(!span_casehas(span_of(NULL, 0), span_str("a")));
	CHECK_INT(span_longest_run(span_str("a``b```c`"), '`'), 3);
	CHECK_INT(span_longest_run(span_str("abc"), '`'), 0);
	CHECK_INT(span_longest_run(span_of(NULL, 0), '`'), 0);
	CHECK(span_is(span_trim(span_str(" \t x y \r\n")), "x y"));
	CHECK(span_int(span_str("-9223372036854775808"), INT64_MIN, 0, &v));
	CHECK(v == INT64_MIN);
	CHECK(!span_int(span_str("9223372036854775808"), 0, INT64_MAX, &v));
	CHECK(!span_int(span_str(""), 0, 9, &v));
	CHECK(!span_int(span_str("-"), -9, 9, &v));
	CHECK(!span_int(span_str("1x"), 0, 9, &v));
	CHECK(!span_int(span_str("10"), 0, 9, &v));
}

static void errors_keep_code_context_and_utf8(void)
{
	struct err err;
	char big[2 * ERR_MSG_MAX];
	size_t i;

	CHECK_INT(err_set(&err, ST_AUTH, "key %s", "refused"), ST_AUTH);
	err_prefix(&err, "endpoint %d", 1);
	err_hint(&err, "; try again");
	CHECK_STR(err.msg, "endpoint 1: key refused; try again");
	CHECK_INT(err.code, ST_AUTH);
	for (i = 0; i + 2 < sizeof(big); i += 2)
		memcpy(big + i, "\xc3\xa9", 2);
	big[i] = '\0';
	for (i = 0; i < 3; i++) {
		(void)err_set(&err, ST_FAIL, "%s", big + 2 * i);
		CHECK(utf8_valid(span_str(err.msg)));
		err_prefix(&err, "%.*s", (int)i, "xx");
		CHECK(utf8_valid(span_str(err.msg)));
	}
	CHECK_INT(err_set(NULL, ST_NET, "x"), ST_NET);
	CHECK_INT(status_exit_code(ST_STOPPED), 130);
	CHECK_INT(status_exit_code(ST_DAMAGED), 14);
}

static void ids_and_hex(void)
{
	struct id a;
	struct id b;
	char hex[ID_HEX + 1];

	CHECK(id_parse(span_str("00112233445566778899aabbccddeeff"), &a));
	CHECK(id_parse(span_str("00112233445566778899AABBCCDDEEFF"), &b));
	CHECK(id_eq(&a, &b));
	id_hex(&a, hex);
	CHECK_STR(hex, "00112233445566778899aabbccddeeff");
	CHECK(!id_parse(span_str("00112233445566778899aabbccddeef"), &a));
	CHECK(!id_parse(span_str("0011223344556677x899aabbccddeeff"), &a));
	CHECK(id_has_prefix(&a, span_str("0011A")) == false ||
		id_has_prefix(&a, span_str("00112")));
	CHECK(id_has_prefix(&a, span_str("0")));
	CHECK(!id_has_prefix(&a, span_str("1")));
	CHECK(!id_has_prefix(&a, span_str("")));
	memset(&a, 0, sizeof(a));
	CHECK(id_is_none(&a));
}

static void little_endian(void)
{
	uint8_t b[8];

	le64_put(b, 0x1122334455667788u);
	CHECK_INT(b[0], 0x88);
	CHECK_INT(b[7], 0x11);
	CHECK(le64_get(b) == 0x1122334455667788u);
	CHECK(le32_get(b) == 0x55667788u);
	CHECK(le16_get(b) == 0x7788u);
}

static void vectors_refuse_overflow(void)
{
	uint64_t *p = NULL;
	size_t cap = 0;

	CHECK(vec_grow(&p, &cap, 3, sizeof(*p), 100));
	CHECK(cap >= 3 && p != NULL && p[2] == 0);
	CHECK(!vec_grow(&p, &cap, 101, sizeof(*p), 100));
	CHECK(!vec_grow(&p, &cap, SIZE_MAX / 4, sizeof(*p), SIZE_MAX));
	CHECK(vec_grow(&p, &cap, 100, sizeof(*p), 100));
	CHECK_INT(cap, 100);
	free(p);
}

static void secrets_hold_and_wipe(void)
{
	struct secret s = {0};

	CHECK(!secret_new(&s, 0));
	CHECK(secret_set(&s, "hunter2", 7));
	CHECK(span_is(secret_view(&s), "hunter2"));
	secret_free(&s);
	CHECK(s.p == NULL);
	secret_free(&s);
}

static void utf8_decodes_as_the_standard_says(void)
{
	/* Table 3-8 of the Unicode standard: maximal subparts. */
	static const struct {
		const char *in;
		int bad;
		int good;
	} rows[] = {
		{"\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41", 8, 1},
		{"\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41", 8, 1},
		{"\xf4\x91\x92\x93\xff\x41\x80\xbf\x42", 7, 2},
		{"\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41", 4, 1},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = strlen(rows[i].in);
		size_t at = 0;
		int bad = 0;
		int good = 0;

		while (at < n) {
			uint32_t cp;
			size_t len;

			if (utf8_decode(rows[i].in + at, n - at, &cp, &len) ==
				UTF8_OK)
				good++;
			else
				bad++;
			at += len;
		}
		CHECK_INT(bad, rows[i].bad);
		CHECK_INT(good, rows[i].good);
	}
}

static void utf8_round_trips_every_code_point(void)
{
	uint32_t cp;
	struct buf b;

	buf_init(&b, 16);
	for (cp = 0; cp <= 0x10ffff; cp++) {
		uint32_t back;
		size_t len;

		if (cp >= 0xd800 && cp <= 0xdfff)
			continue;
		buf_reset(&b);
		utf8_put(&b, cp);
		if (utf8_decode(b.p, b.len, &back, &len) != UTF8_OK ||
			back != cp || len != b.len) {
			CHECK_INT(cp, back);
			break;
		}
	}
	buf_release(&b);
}

static void utf8_widths(void)
{
	CHECK_INT(utf8_columns(span_str("abc")), 3);
	CHECK_INT(utf8_columns(span_str("\xe6\xbc\xa2\xe5\xad\x97")), 4);
	CHECK_INT(utf8_columns(span_str("e\xcc\x81")), 1);
	/* family of three, joined by ZWJ */
	CHECK_INT(utf8_columns(span_str("\xf0\x9f\x91\xa8\xe2\x80\x8d"
					"\xf0\x9f\x91\xa9\xe2\x80\x8d"
					"\xf0\x9f\x91\xa7")),
		2);
	CHECK_INT(
		utf8_columns(span_str("\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa")), 2);
	/* Vowel signs with a width: Hindi kaa and shrii, Thai nam. */
	CHECK_INT(utf8_columns(span_str("\xe0\xa4\x95\xe0\xa4\xbe")), 2);
	CHECK_INT(utf8_columns(span_str("\xe0\xa4\xb6\xe0\xa5\x8d"
					"\xe0\xa4\xb0\xe0\xa5\x80")),
		3);
	CHECK_INT(utf8_columns(span_str("\xe0\xb8\x99\xe0\xb9\x89"
					"\xe0\xb8\xb3")),
		2);
	/* Hangul in letters, and a hand with its colour. */
	CHECK_INT(utf8_columns(span_str("\xe1\x84\x80\xe1\x85\xa1"
					"\xe1\x86\xa8")),
		2);
	CHECK_INT(
		utf8_columns(span_str("\xf0\x9f\x91\x8d\xf0\x9f\x8f\xbd")), 2);
	CHECK_INT(utf8_width(0x200d), 0);
	CHECK_INT(utf8_width('a'), 1);
	CHECK(utf8_class(0x202e) == UTF8_FORMAT);
	CHECK(utf8_class(0xe000) == UTF8_PRIVATE);
	CHECK(utf8_lower(0x00c4) == 0x00e4);
	CHECK_INT(utf8_floor(span_str("a\xc3\xa9"), 2), 1);
	CHECK_INT(utf8_floor(span_str("\xef\xbf\xbd\xef\xbf\xbd"), 2), 0);
	CHECK_INT(utf8_floor(span_str("\xef\xbf\xbd\xef\xbf\xbd"), 5), 3);
}

static void reads_end_with_the_file(void)
{
	FILE *f = tmpfile();
	char got[8] = "";
	int fd;

	CHECK(f != NULL && fputs("hello", f) >= 0 && fflush(f) == 0);
	fd = fileno(f);
	CHECK_INT(fd_pread_full(fd, got, sizeof(got), 0), 5);
	CHECK_STR(got, "hello");
	CHECK_INT(fd_pread_full(fd, got, 2, 3), 2);
	CHECK(memcmp(got, "lo", 2) == 0);
	CHECK_INT(fd_pread_full(fd, got, 1, 5), 0);
	CHECK_INT(fd_pread_full(-1, got, 1, 0), -1);
	(void)fclose(f);
}

static void files_are_replaced_whole(void)
{
	char dir[] = "/tmp/atl-unit-XXXXXX";
	struct buf path;
	struct buf got;
	struct err err;
	struct stat sb;

	CHECK(mkdtemp(dir) != NULL);
	buf_init(&path, BUF_SMALL);
	buf_init(&got, 5);
	buf_fmt(&path, "%s/a/b/f", dir);
	CHECK_INT(file_mkdirs_above("f", 0700, &err), ST_OK);
	CHECK_INT(file_mkdirs_above(path.p, 0700, &err), ST_OK);
	CHECK_INT(file_read(path.p, &got, &err), ST_NOT_FOUND);
	CHECK_INT(file_replace(path.p, span_str("hello"), 0600, &err), ST_OK);
	CHECK(stat(path.p, &sb) == 0 && (sb.st_mode & 0777) == 0600);
	CHECK_INT(file_read(path.p, &got, &err), ST_OK);
	CHECK_STR(got.p, "hello");
	CHECK_INT(file_replace(path.p, span_str("hello!"), 0600, &err), ST_OK);
	buf_reset(&got);
	CHECK_INT(file_read(path.p, &got, &err), ST_FAIL);
	CHECK(unlink(path.p) == 0);
	buf_truncate(&path, path.len - 2);
	CHECK(rmdir(path.p) == 0);
	buf_truncate(&path, path.len - 2);
	CHECK(rmdir(path.p) == 0);
	CHECK(rmdir(dir) == 0);
	buf_release(&path);
	buf_release(&got);
}

static void dates(void)
{
	struct buf b;

	buf_init(&b, 64);
	clock_iso(0, &b);
	CHECK_STR(b.p, "1970-01-01T00:00:00Z");
	buf_reset(&b);
	clock_age(1000, 200000, &b);
	CHECK_STR(b.p, "3 min ago");
	buf_release(&b);
}

static void a_text_becomes_one_line(void)
{
	static const struct {
		const char *in;
		size_t max;
		const char *want;
	} rows[] = {
		{"", 9, ""},
		{" \t\n\x01 ", 9, ""},
		{" a\r\n\tb\xc2\xa0 c\x1b"
		 "d ",
			99, "a b c d"},
		{"\xff", 9, "\xef\xbf\xbd"},
		{"ab\xc3\xa9z", 3, "ab"},
		{"ab\xc3\xa9z", 4, "ab\xc3\xa9"},
	};
	struct buf out;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_init(&out, BUF_SMALL);
		buf_str(&out, "> ");
		utf8_one_line(span_str(rows[i].in), rows[i].max, &out);
		CHECK_STR(out.p + 2, rows[i].want);
		buf_release(&out);
	}
}

int main(void)
{
	RUN(buf_grows_to_its_maximum_and_stays_bad);
	RUN(buf_edits);
	RUN(arena_gives_what_stays_in_its_place);
	RUN(buf_copies_what_was_lent_when_it_grows);
	RUN(spans_cut_and_compare);
	RUN(errors_keep_code_context_and_utf8);
	RUN(ids_and_hex);
	RUN(little_endian);
	RUN(vectors_refuse_overflow);
	RUN(secrets_hold_and_wipe);
	RUN(utf8_decodes_as_the_standard_says);
	RUN(utf8_round_trips_every_code_point);
	RUN(utf8_widths);
	RUN(a_text_becomes_one_line);
	RUN(reads_end_with_the_file);
	RUN(files_are_replaced_whole);
	RUN(dates);
	return REPORT();
}
