#include "app/html.h"

#include <stdlib.h>
#include <string.h>

#include "unit/check.h"

static void expect(const char *markdown, const char *want)
{
	struct buf out;
	struct err err;

	buf_init(&out, BUF_LARGE);
	CHECK_INT(html_markdown(span_str(markdown), &out, &err), ST_OK);
	CHECK_STR(out.p, want);
	buf_release(&out);
}

#define A(url) "<a rel=\"noopener noreferrer nofollow\" href=\"" url "\">"
#define WHERE(url) " <span class=\"where\">(" url ")</span>"

static void test_markdown(void)
{
	expect("# One\n\ntext *with* **marks** and `code <b>`",
		"<h3>One</h3>\n<p>text <em>with</em> <strong>marks</strong> "
		"and <code>code &lt;b&gt;</code></p>\n");
	expect("###### deep", "<h6>deep</h6>\n");
	expect("- a\n- [x] b\n\n3. c\n",
		"<ul><li>a</li>\n<li>\xe2\x98\x91 b</li>\n</ul>\n"
		"<ol start=\"3\"><li>c</li>\n</ol>\n");
	expect("```c++\nif (a < b)\n```",
		"<pre><code class=\"language-c++\">if (a &lt; b)\n"
		"</code></pre>\n");
	expect("```\" onload=\"x\ny\n```", "<pre><code>y\n</code></pre>\n");
	expect("|a|b|\n|---|:---:|\n|1|2|\n",
		"<table><thead><tr><th>a</th><th class=\"center\">b</th></tr>\n"
		"</thead>\n<tbody><tr><td>1</td><td class=\"center\">2</td>"
		"</tr>\n</tbody>\n</table>\n");
	expect("> a\n\n---\n", "<blockquote><p>a</p>\n</blockquote>\n<hr>\n");
	expect("~~gone~~ a  \nb", "<p><del>gone</del> a<br>\nb</p>\n");
}

static void test_links(void)
{
	expect("[text](https://host/a?b=1&c=2)",
		"<p>" A("https://host/a?b=1&amp;c=2") "text</a>" WHERE(
			"https://host/a?b=1&amp;c=2") "</p>\n");
	expect("<https://host/>",
		"<p>" A("https://host/") "https://host/</a></p>\n");
	expect("[a](HTTP://host \"title\")",
		"<p>" A("HTTP://host") "a</a>" WHERE("HTTP://host") "</p>\n");
	/* An address that says another one. */
	expect("[https://good](https://evil)",
		"<p>" A("https://evil") "https://good</a>" WHERE(
			"https://evil") "</p>\n");
	expect("[a](javascript:alert(1))", "<p>a</p>\n");
	expect("[a](JaVaScRiPt:alert(1))", "<p>a</p>\n");
	expect("[a](javascript&#58;alert(1))", "<p>a</p>\n");
	expect("[a](https&#58;//host)", "<p>a</p>\n");
	expect("[a](data:text/html,x)", "<p>a</p>\n");
	expect("[a](//host/x)", "<p>a</p>\n");
	expect("[a](file:///etc/passwd)", "<p>a</p>\n");
	expect("[a](<https://host/ x>)", "<p>a</p>\n");
	expect("[a](https://host/\"onclick=x)",
		"<p>" A("https://host/&quot;onclick=x") "a</a>" WHERE(
			"https://host/&quot;onclick=x") "</p>\n");
	expect("[a][1]\n\n[1]: vbscript:x", "<p>a</p>\n");
}

static void test_images(void)
{
	expect("![alt *x*](https://host/i.png)",
		"<p>" A("https://host/i.png") "[image: alt x]</a>" WHERE(
			"https://host/i.png") "</p>\n");
	expect("![a](data:image/png;base64,xx)", "<p>[image: a]</p>\n");
	expect("[![a](https://i)](https://l)",
		"<p>" A("https://l") "[image: a]</a>" WHERE(
			"https://l") "</p>\n");
	expect("![a [b](https://l)](https://i)",
		"<p>" A("https://i") "[image: a b]</a>" WHERE(
			"https://i") "</p>\n");
}

static void test_raw(void)
{
	expect("<script>alert(1)</script>",
		"<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n");
	expect("a <img src=x onerror=y> b",
		"<p>a &lt;img src=x onerror=y&gt; b</p>\n");
	expect("&lt;b&gt; &amp; &#60; &copy;",
		"<p>&lt;b&gt; &amp; &#60; &copy;</p>\n");
	expect("<!-- x --> ' \"", "<p>&lt;!-- x --&gt; &#39; &quot;</p>\n");
	/* Hidden and acting characters are made visible. */
	expect("a\xe2\x80\xae"
	       "b\x1b[31m",
		"<p>a&lt;U+202E&gt;b^[[31m</p>\n");
}

static void test_page(void)
{
	struct conv c;
	struct msg *m[2];
	struct msg **path = NULL;
	struct buf out;
	size_t n = 0;
	int i;

	conv_init(&c);
	buf_init(&out, BUF_LARGE);
	buf_str(&c.title, "</title><script>x");
	for (i = 0; i < 2; i++) {
		m[i] = msg_new(i == 0 ? ROLE_USER : ROLE_ASSISTANT);
		CHECK(m[i] != NULL);
		m[i]->id.b[0] = (uint8_t)(i + 1);
		m[i]->parent = c.leaf;
		CHECK_INT(conv_add(&c, m[i], NULL), ST_OK);
	}
	buf_str(&m[0]->text, "*as it is* <i>");
	CHECK_INT(msg_attach(m[0], span_str("<a>"), span_str("<b>"), NULL),
		ST_OK);
	buf_str(&m[1]->agent, "l<x>");
	buf_str(&m[1]->text, "*reply*");
	m[1]->outcome = OUTCOME_CUT;
	CHECK_INT(conv_path(&c, &path, &n, NULL), ST_OK);
	CHECK_INT(html_page(&c, path, n, &out, NULL), ST_OK);
	CHECK(strstr(out.p, "default-src 'none'") != NULL);
	CHECK(strstr(out.p, "<script") == NULL);
	CHECK(strstr(out.p, "<h1>&lt;/title&gt;&lt;script&gt;x</h1>") != NULL);
	CHECK(strstr(out.p, ">*as it is* &lt;i&gt;</div>") != NULL);
	CHECK(strstr(out.p, "<summary>&lt;a&gt;</summary>\n<pre>&lt;b&gt;<") !=
		NULL);
	CHECK(strstr(out.p, "@l&lt;x&gt;") != NULL);
	CHECK(strstr(out.p, "<p><em>reply</em></p>") != NULL);
	CHECK(strstr(out.p, "[cut]") != NULL);
	free(path);
	buf_release(&out);
	conv_release(&c);
}

int main(void)
{
	RUN(test_markdown);
	RUN(test_links);
	RUN(test_images);
	RUN(test_raw);
	RUN(test_page);
	return REPORT();
}
