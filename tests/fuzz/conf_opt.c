/* Fuzzes the option parser: the bytes are argv, parted by newlines. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "conf/check.h"
#include "conf/opt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ARGC_MAX 64

struct values {
	bool flag;
	int count;
	const char *text;
	struct opt_int n;
	struct opt_real t;
	struct opt_int ms;
	int word;
	struct opt_maybe maybe;
	struct opt_list list;
	struct opt_list headers;
	const char *url;
};

static const struct opt_word words[] = {{"one", 1}, {"two", 2}, {NULL, 0}};

#define AT(m) .at = offsetof(struct values, m), .group = "g", .help = "h"

/* clang-format off */
static const struct opt_row rows[] = {
	{'q', .name = "flag", .type = OPT_FLAG, AT(flag)},
	{'v', .name = "count", .type = OPT_COUNT, AT(count)},
	{'m', .name = "text", .arg = "T", .type = OPT_STR, AT(text)},
	{'n', .name = "int", .arg = "N", .type = OPT_INT, .lo = -5, .hi = 5,
		AT(n)},
	{'t', .name = "real", .arg = "R", .type = OPT_REAL, .lo = -2, .hi = 2,
		AT(t)},
	{'s', .name = "time", .arg = "S", .type = OPT_TIME, .lo = 0, .hi = 9,
		AT(ms)},
	{'w', .name = "word", .arg = "W", .type = OPT_WORD, .words = words,
		AT(word)},
	{'r', .name = "maybe", .arg = "M", .type = OPT_MAYBE, AT(maybe)},
	{'f', .name = "list", .arg = "L", .type = OPT_LIST, AT(list)},
	{'H', .name = "header", .arg = "H", .type = OPT_CALL, .many = true,
		.call = store_header, AT(headers)},
	{'u', .name = "url", .arg = "U", .type = OPT_CALL, .call = store_url,
		AT(url)},
	{'h', .name = "help", .type = OPT_FLAG, .last = true, AT(flag)},
};
/* clang-format on */

static void require(bool ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct opt_table table = {
		rows, sizeof(rows) / sizeof(rows[0])};
	char prog[] = "prog";
	char *argv[ARGC_MAX] = {prog};
	char *text = malloc(size + 1);
	struct values v = {0};
	struct opt_parsed p;
	struct err err = {0};
	int argc = 1;
	char *at = text;

	if (text == NULL)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	while (at != NULL && argc < ARGC_MAX) {
		char *end = strchr(at, '\n');

		argv[argc++] = at;
		if (end != NULL)
			*end++ = '\0';
		at = end;
	}
	opt_parsed_init(&p);
	if (opt_parse(&table, argc, argv, &v, &p, &err) == ST_OK) {
		require(!v.n.set || (v.n.v >= -5 && v.n.v <= 5));
		require(!v.t.set || (v.t.v >= -2 && v.t.v <= 2));
		require(!v.ms.set || (v.ms.v >= 0 && v.ms.v <= 9000));
		require(p.words.n < ARGC_MAX);
	} else {
		require(err.code == ST_USAGE && err.msg[0] != '\0');
	}
	opt_list_release(&v.list);
	opt_list_release(&v.headers);
	opt_parsed_release(&p);
	free(text);
	return 0;
}
