/* text/link: what is shown of an address. */
#include "unit/check.h"

#include "text/link.h"

#define Q100                                                                   \
	"01234567890123456789012345678901234567890123456789012345678901234567" \
	"89"                                                                   \
	"012345678901234567890123456789"

static void shown(void)
{
	static const struct {
		const char *address;
		const char *shown;
	} rows[] = {
		{"", ""},
		{"page.html?x#y", "page.html?x#y"},
		{"https://x.org", "https://x.org"},
		{"https://x.org:8080/a@b?c=@d#e@f",
			"https://x.org:8080/a@b?c=@d#e@f"},
		{"mailto:a@b.c", "mailto:a@b.c"},
		{"javascript:alert(1)//@x", "javascript:alert(1)//@x"},
		/* Cyrillic a, Greek omicron, umlauts, full-width letters */
		{"https://\xd0\xb0pple.com/\xd0\xb0",
			"https://xn--pple-43d.com/\xd0\xb0"},
		{"HTTPS://g\xce\xbfogle.com:1", "HTTPS://xn--gogle-rce.com:1"},
		{"http://B\xc3\xbc"
		 "cher.de",
			"http://xn--bcher-kva.de"},
		{"http://stra\xc3\x9f"
		 "e.de",
			"http://xn--strae-oqa.de"},
		{"http://\xef\xbd\x85x.org/", "http://ex.org/"},
		{"//\xd0\xb0.com/x", "//xn--80a.com/x"},
		/* the same, by percent signs; and what is no name at all */
		{"https://%d0%b0pple.com/", "https://xn--pple-43d.com/"},
		{"https://%65vil.com/", "https://evil.com/"},
		{"https://%/%zz", "https://%/%zz"},
		{"https://a%00b/", "https://a%00b/"},
		{"https://a\xe2\x80\xae"
		 "b/",
			"https://a%E2%80%AEb/"},
		{"https://\xff.com/", "https://%FF.com/"},
		/* what stands before the host */
		{"https://bank.com@x.org/",
			"https://bank.com@x.org/ "
			"[host: x.org]"},
		{"https://bank.com:443@a@x.org:1/@y",
			"https://bank.com:443@a@x.org:1/@y [host: x.org]"},
		{"https:\\\\bank.com@\xd0\xb0.com\\x",
			"https:\\\\bank.com@xn--80a.com\\x "
			"[host: xn--80a.com]"},
		{"https:bank.com@x.org", "https:bank.com@x.org [host: x.org]"},
		{"https://@x.org", "https://@x.org [host: x.org]"},
		{"http://u@[::1]:80/", "http://u@[::1]:80/ [host: [::1]]"},
		{"http://u@", "http://u@"},
		/* long queries */
		{"https://x.org/?" Q100 "#" Q100,
			"https://x.org/?" Q100 "#" Q100},
		{"https://x.org/?" Q100 Q100 "#f",
			"https://x.org/?" Q100 Q100 "#f [query of 201 bytes]"},
		{"https://x.org/#?" Q100 Q100, "https://x.org/#?" Q100 Q100},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out;

		buf_init(&out, BUF_SMALL);
		link_show(span_str(rows[i].address), &out);
		CHECK_STR(out.p, rows[i].shown);
		if (strcmp(rows[i].address, rows[i].shown) != 0)
			CHECK(link_is_odd(span_str(rows[i].address)));
		buf_release(&out);
	}
}

int main(void)
{
	RUN(shown);
	return REPORT();
}
