/*
 * Replies: each quirk that endpoints are known for, and the events it makes.
 * Every row is fed whole, byte by byte, and cut in two at each place.
 */
#include "wire/reply.h"

#include <stdlib.h>

#include "base/utf8.h"
#include "unit/check.h"
#include "wire/chunk.h"
#include "wire/json.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define SSE_TYPE "text/event-stream; charset=utf-8"
#define JSON_TYPE "application/json"

/* One event of a stream. */
#define D(json) "data: " json "\n\n"
#define TEXT(t) D("{\"choices\":[{\"delta\":{\"content\":\"" t "\"}}]}")
#define DELTA(d) D("{\"choices\":[{\"index\":0,\"delta\":{" d "}}]}")
#define FINISH(f) D("{\"choices\":[{\"delta\":{},\"finish_reason\":" f "}]}")
#define CALL(c) DELTA("\"tool_calls\":[" c "]")
#define DONE D("[DONE]")

#define EARLY "the stream ended before the reply was finished"
#define UNKNOWN                                                                \
	"N:the endpoint did not say why the reply ended (finish unknown)\n"
#define NO_ANSWER "the endpoint ended the reply without an answer"

/*
 * The events as text: M model|id, T text, R reasoning, C name(args)id, U usage,
 * N notice, D outcome/finish/why, F status/http/retry/text.
 */
static enum status on_event(
	const struct event *ev, void *payload, struct err *err)
{
	struct buf *out = payload;
	const struct usage *u = ev->usage;

	(void)err;
	switch (ev->type) {
	case EVENT_TEXT: buf_str(out, "T:"); break;
	case EVENT_REASONING: buf_str(out, "R:"); break;
	case EVENT_TOOL:
		buf_fmt(out, "C:%.*s(%.*s)%.*s", (int)ev->name.n, ev->name.p,
			(int)ev->text.n, ev->text.p, (int)ev->id.n, ev->id.p);
		break;
	case EVENT_META:
		buf_fmt(out, "M:%.*s|%.*s", (int)ev->model.n, ev->model.p,
			(int)ev->id.n, ev->id.p);
		break;
	case EVENT_USAGE:
		buf_fmt(out, "U:%d/%d/%d", (int)u->prompt, (int)u->completion,
			(int)u->total);
		break;
	case EVENT_NOTICE: buf_str(out, "N:"); break;
	case EVENT_DONE:
		buf_fmt(out, "D:%s/%.*s/", outcome_name(ev->outcome),
			(int)ev->finish.n, ev->finish.p);
		break;
	case EVENT_FAILED:
		buf_fmt(out, "F:%s/%d/%s/", status_name(ev->failure->status),
			ev->failure->http, ev->failure->retry ? "retry" : "no");
		CHECK(span_eq(ev->text, ev->failure->text));
		break;
	}
	if (ev->type == EVENT_TEXT || ev->type == EVENT_REASONING) {
		CHECK(ev->text.n > 0);
		CHECK(utf8_valid(ev->text));
	}
	if (ev->type != EVENT_TOOL && ev->type != EVENT_META)
		buf_span(out, ev->text);
	buf_char(out, '\n');
	return ST_OK;
}

struct row {
	const char *name;
	int http;
	const char *type;
	const char *body;
	enum reply_end end;
	const char *want;
};

static struct reply_limits limits;

static void feed(
	const struct row *row, size_t cut, size_t step, struct buf *out)
{
	struct span s = span_str(row->body);
	struct reply r;
	size_t i = 0;

	buf_init(out, BUF_LARGE);
	reply_init(&r, limits.event_max > 0 ? &limits : NULL, on_event, out);
	if (row->http != 0)
		reply_head(&r, row->http, span_str(row->type));
	while (i < s.n) {
		size_t n = i == 0 && cut > 0 ? cut : step > 0 ? step : s.n;
		char *copy;

		if (n > s.n - i)
			n = s.n - i;
		copy = malloc(n);
		if (copy == NULL)
			abort();
		memcpy(copy, s.p + i, n);
		CHECK_INT(reply_feed(&r, span_of(copy, n), NULL), ST_OK);
		free(copy);
		i += n;
	}
	CHECK_INT(reply_finish(&r, row->end, "reset by peer", NULL), ST_OK);
	/* The second end does nothing. */
	CHECK_INT(reply_finish(&r, REPLY_BROKEN, "x", NULL), ST_OK);
	reply_release(&r);
}

static void check_row(const struct row *row)
{
	struct buf whole;
	struct buf other;
	size_t n = strlen(row->body);
	size_t cut;

	feed(row, 0, 0, &whole);
	CHECK_STR(whole.p, row->want);
	if (strcmp(whole.p, row->want) != 0)
		printf("  %s\n", row->name);
	for (cut = 0; cut <= n; cut++) {
		feed(row, cut, cut == 0 ? 1 : 0, &other);
		if (strcmp(other.p, whole.p) != 0) {
			printf("  %s, cut at %zu\n", row->name, cut);
			CHECK_STR(other.p, whole.p);
		}
		buf_release(&other);
	}
	buf_release(&whole);
}

static const struct row streams[] = {
	{"plain", 200, SSE_TYPE,
		D("{\"id\":\"c1\",\"model\":\"llama\",\"choices\":[{\"index\":"
		  "0,\"delta\":{\"role\":\"assistant\",\"content\":null}}]}")
			TEXT("Hel") TEXT("lo\\n") FINISH("\"stop\"")
				D("{\"choices\":[],\"usage\":"
				  "{\"prompt_tokens\":3,"
				  "\"completion_tokens\":2,"
				  "\"total_tokens\":5}}") DONE,
		REPLY_EOF,
		"M:llama|c1\nT:Hello\n\nU:3/2/5\nD:complete/stop/\n"},
	{"comments and CRLF", 200, SSE_TYPE,
		": OPENROUTER PROCESSING\r\n\r\n:\r\n\r\ndata: "
		"{\"choices\":[{\"delta\":{\"content\":\"a\"}}]}"
		"\r\n\r\n" FINISH("\"stop\"") DONE,
		REPLY_EOF, "T:a\nD:complete/stop/\n"},
	{"no DONE", 200, SSE_TYPE, TEXT("a") FINISH("\"stop\""), REPLY_EOF,
		"T:a\nD:complete/stop/\n"},
	{"no DONE, reset after finish", 200, SSE_TYPE,
		TEXT("a") FINISH("\"stop\""), REPLY_BROKEN,
		"T:a\nD:complete/stop/\n"},
	{"DONE without line end", 200, SSE_TYPE,
		TEXT("a") FINISH("\"stop\"") "data: [DONE]", REPLY_EOF,
		"T:a\nD:complete/stop/\n"},
	{"chunk without line end", 200, SSE_TYPE,
		TEXT("a") "data: {\"choices\":[{\"delta\":{\"content\":\"b\"},"
			  "\"finish_reason\":\"stop\"}]}",
		REPLY_EOF, "T:ab\nD:complete/stop/\n"},
	{"half a chunk at the end", 200, SSE_TYPE,
		TEXT("a") "data: {\"choices\":[{\"delta\":{\"conte", REPLY_EOF,
		"T:a\nD:cut//" EARLY "\n"},
	{"after DONE nothing counts", 200, SSE_TYPE,
		TEXT("a") FINISH("\"stop\"") DONE TEXT("b") D("{\"error\":1}"),
		REPLY_EOF, "T:a\nD:complete/stop/\n"},
	{"never a finish", 200, SSE_TYPE, TEXT("a") DONE, REPLY_EOF,
		"T:a\n" UNKNOWN "D:complete//\n"},
	{"neither finish nor DONE", 200, SSE_TYPE, TEXT("a"), REPLY_EOF,
		"T:a\nD:cut//" EARLY "\n"},
	{"reset in the middle", 200, SSE_TYPE, TEXT("a"), REPLY_BROKEN,
		"T:a\nD:cut//reset by peer\n"},
	{"reset before anything", 200, SSE_TYPE, "", REPLY_BROKEN,
		"F:net/200/retry/reset by peer\n"},
	{"reset before text", 200, SSE_TYPE, DELTA("\"content\":\"\""),
		REPLY_BROKEN, "F:net/200/retry/reset by peer\n"},
	{"no answer at all", 0, "", "", REPLY_BROKEN,
		"F:net/0/retry/reset by peer\n"},
	{"stopped", 200, SSE_TYPE, TEXT("a"), REPLY_STOPPED,
		"T:a\nD:stopped//\n"},
	{"stopped at once", 200, SSE_TYPE, "", REPLY_STOPPED, "D:stopped//\n"},
	{"stopped behind the finish", 200, SSE_TYPE,
		TEXT("a") FINISH("\"length\""), REPLY_STOPPED,
		"T:a\nD:length/length/\n"},
	{"empty stream", 200, SSE_TYPE, "", REPLY_EOF,
		"F:server/200/retry/" NO_ANSWER "\n"},
	{"comments only", 200, SSE_TYPE, ": ping\n\n: ping\n\n", REPLY_EOF,
		"F:server/200/retry/" NO_ANSWER "\n"},
	{"DONE only", 200, SSE_TYPE, DONE, REPLY_EOF,
		"F:server/200/retry/" NO_ANSWER "\n"},
	{"Ollama's error", 200, SSE_TYPE, DELTA("\"content\":\"\""), REPLY_EOF,
		"D:cut//" EARLY "\n"},
	{"empty answer", 200, SSE_TYPE, FINISH("\"stop\"") DONE, REPLY_EOF,
		"D:complete/stop/\n"},
	{"usage in the finish chunk", 200, SSE_TYPE,
		TEXT("a") D("{\"choices\":[{\"delta\":{},\"finish_reason\":"
			    "\"stop\"}],\"x_groq\":{\"id\":\"r\",\"usage\":{"
			    "\"prompt_tokens\":7}}}") DONE,
		REPLY_EOF, "T:a\nU:7/-1/-1\nD:complete/stop/\n"},
	{"usage in the choice", 200, SSE_TYPE,
		D("{\"choices\":[{\"delta\":{\"content\":\"a\"},"
		  "\"finish_reason\":\"stop\",\"usage\":{\"prompt_tokens\":1,"
		  "\"completion_tokens\":2,\"total_tokens\":3}}]}") DONE,
		REPLY_EOF, "T:a\nU:1/2/3\nD:complete/stop/\n"},
	{"usage in every chunk, null at last", 200, SSE_TYPE,
		D("{\"choices\":[{\"delta\":{\"content\":\"a\"}}],\"usage\":"
		  "{\"prompt_tokens\":1,\"completion_tokens\":1}}")
			D("{\"choices\":[{\"delta\":{\"content\":\"b\"}}],"
			  "\"usage\":{\"prompt_tokens\":1,"
			  "\"completion_tokens\":2}}")
				D("{\"choices\":[{\"delta\":{},"
				  "\"finish_reason\":\"stop\"}],"
				  "\"usage\":null}"),
		REPLY_EOF, "T:ab\nU:1/2/-1\nD:complete/stop/\n"},
	{"role in every delta", 200, SSE_TYPE,
		DELTA("\"role\":\"assistant\",\"content\":\"a\"")
			DELTA("\"role\":\"assistant\",\"content\":\"b\"")
				FINISH("\"stop\"") DONE,
		REPLY_EOF, "T:ab\nD:complete/stop/\n"},
	{"no choices, no delta", 200, SSE_TYPE,
		D("{\"object\":\"x\"}") D("{\"choices\":[{\"index\":0}]}")
			D("{\"choices\":null}") D("{\"choices\":[5,null]}")
				TEXT("a") FINISH("\"stop\""),
		REPLY_EOF, "T:a\nD:complete/stop/\n"},
	{"Azure's first chunk", 200, SSE_TYPE,
		D("{\"choices\":[],\"id\":\"\",\"model\":\"\",\"object\":\"\","
		  "\"prompt_filter_results\":[{}]}")
			D("{\"id\":\"c\",\"model\":\"m\",\"choices\":[{"
			  "\"delta\":{\"content\":\"a\"}}]}")
				FINISH("\"stop\""),
		REPLY_EOF, "M:m|c\nT:a\nD:complete/stop/\n"},
	{"reasoning under one name", 200, SSE_TYPE,
		DELTA("\"reasoning_content\":\"hm\",\"content\":null")
			DELTA("\"reasoning\":\"mm\"")
				DELTA("\"reasoning_text\":\"m\"") TEXT("a")
					FINISH("\"stop\""),
		REPLY_EOF, "R:hmmmm\nT:a\nD:complete/stop/\n"},
	{"reasoning under two names", 200, SSE_TYPE,
		DELTA("\"reasoning\":\"\",\"reasoning_content\":\"x\","
		      "\"reasoning_text\":\"x\"") TEXT("a") FINISH("\"stop\""),
		REPLY_EOF, "R:x\nT:a\nD:complete/stop/\n"},
	{"think in the text", 200, SSE_TYPE,
		TEXT("<think>x</think>a") FINISH("\"stop\""), REPLY_EOF,
		"R:x\nT:a\nD:complete/stop/\n"},
	{"think in pieces, with blanks around", 200, SSE_TYPE,
		TEXT("\\n<th") TEXT("ink>\\n\\n") TEXT("x <b> </th y")
			TEXT("\\n\\n</thi") TEXT("nk>\\n") TEXT("\\n a\\n")
				FINISH("\"stop\""),
		REPLY_EOF, "R:x <b> </th y\nT:a\n\nD:complete/stop/\n"},
	{"think about nothing", 200, SSE_TYPE,
		TEXT("<think>\\n\\n</think>\\n\\n") TEXT("a")
			FINISH("\"stop\""),
		REPLY_EOF, "T:a\nD:complete/stop/\n"},
	{"think without an end", 200, SSE_TYPE,
		TEXT("<think>x </thin") FINISH("\"length\""), REPLY_EOF,
		"R:x </thin\nD:length/length/\n"},
	{"half a think", 200, SSE_TYPE, TEXT(" <thin") FINISH("\"stop\""),
		REPLY_EOF, "T: <thin\nD:complete/stop/\n"},
	{"think further on is text", 200, SSE_TYPE,
		TEXT("<b><think>x</think>") TEXT("<think>") FINISH("\"stop\""),
		REPLY_EOF, "T:<b><think>x</think><think>\nD:complete/stop/\n"},
	{"think behind reasoning of its own", 200, SSE_TYPE,
		DELTA("\"reasoning\":\"r\"") TEXT("<think>x</think>a")
			FINISH("\"stop\""),
		REPLY_EOF, "R:rx\nT:a\nD:complete/stop/\n"},
	{"think in parts", 200, SSE_TYPE,
		DELTA("\"content\":[{\"type\":\"text\",\"text\":\"<think>x"
		      "</think>a\"}]") FINISH("\"stop\""),
		REPLY_EOF, "R:x\nT:a\nD:complete/stop/\n"},
	{"blanks alone", 200, SSE_TYPE, TEXT(" \\n ") FINISH("\"stop\""),
		REPLY_EOF, "T: \n \nD:complete/stop/\n"},
	{"content in parts", 200, SSE_TYPE,
		DELTA("\"content\":[{\"type\":\"text\",\"text\":\"a\"},5,{"
		      "\"type\":\"text\",\"text\":\"b\"}]") FINISH("\"stop\""),
		REPLY_EOF, "T:ab\nD:complete/stop/\n"},
	{"refusal", 200, SSE_TYPE,
		DELTA("\"refusal\":\"I can't\"") FINISH("\"stop\""), REPLY_EOF,
		"T:I can't\nD:complete/stop/\n"},
	{"error behind text, DONE follows", 200, SSE_TYPE,
		TEXT("a") D("{\"error\":{\"message\":\"overloaded\",\"code\":"
			    "502}}") DONE,
		REPLY_EOF, "T:a\nF:server/502/retry/overloaded\n"},
	{"error is a string", 200, SSE_TYPE,
		D("{\"error\":\"Input too odd\",\"error_type\":"
		  "\"validation\"}"),
		REPLY_EOF, "F:server/200/no/Input too odd\n"},
	{"error null, false or empty is none", 200, SSE_TYPE,
		D("{\"error\":null,\"choices\":[{\"delta\":{\"content\":"
		  "\"a\"}}]}") D("{\"error\":false}") D("{\"error\":\"\"}")
			D("{\"error\":{}}") D("{\"error\":[]}")
				D("{\"error\":0}") FINISH("\"stop\""),
		REPLY_EOF, "T:a\nD:complete/stop/\n"},
	{"error in the choice", 200, SSE_TYPE,
		TEXT("a") D("{\"choices\":[{\"delta\":{\"content\":\"\"},"
			    "\"error\":{\"code\":429,\"message\":\"busy\"},"
			    "\"finish_reason\":\"error\"}]}"),
		REPLY_EOF, "T:a\nF:limit/429/retry/busy\n"},
	{"error in x_groq", 200, SSE_TYPE,
		TEXT("a") D("{\"choices\":[],\"x_groq\":{\"error\":\"over\"}}"),
		REPLY_EOF, "T:a\nF:server/200/no/over\n"},
	{"flat error object", 200, SSE_TYPE,
		D("{\"object\":\"error\",\"message\":\"bad\",\"code\":400}"),
		REPLY_EOF, "F:server/400/no/bad\n"},
	{"error field", 200, SSE_TYPE,
		TEXT("a") "error: {\"code\":500,\"message\":\"slot\"}\n\n",
		REPLY_EOF, "T:a\nF:server/500/retry/slot\n"},
	{"event: error", 200, SSE_TYPE,
		TEXT("a") "event: error\ndata: {\"type\":\"error\",\"error\":{"
			  "\"type\":\"overloaded_error\",\"message\":\"O\"}}"
			  "\n\n",
		REPLY_EOF, "T:a\nF:server/200/retry/O\n"},
	{"event: error in words", 200, SSE_TYPE,
		"event: error\ndata: out of luck\n\n", REPLY_EOF,
		"F:server/200/no/out of luck\n"},
	{"named events", 200, SSE_TYPE,
		"event: hermes.tool.progress\ndata: {\"a\":1}\n\n"
		"event: ping\ndata: hi\n\nevent: message\n" TEXT("a")
			FINISH("\"stop\""),
		REPLY_EOF, "T:a\nD:complete/stop/\n"},
	{"array of an error", 200, SSE_TYPE,
		D("[{\"error\":{\"code\":503,\"message\":\"x\"}}]"), REPLY_EOF,
		"F:server/503/retry/x\n"},
	{"malformed", 200, SSE_TYPE, TEXT("a") D("{malformed json"), REPLY_EOF,
		"T:a\nF:server/200/no/the endpoint sent what cannot be read: "
		"{malformed json\n"},
	{"scalars and empty data", 200, SSE_TYPE,
		D("5") D("\"ping\"") D("") D("null") TEXT("a")
			FINISH("\"stop\""),
		REPLY_EOF, "T:a\nD:complete/stop/\n"},
	{"extra keys", 200, SSE_TYPE,
		D("{\"obfuscation\":\"x\",\"service_tier\":\"s\",\"timings\":"
		  "{\"a\":1.5e3},\"prompt_progress\":{},\"choices\":[{"
		  "\"delta\":{\"content\":\"a\"},\"logprobs\":{\"content\":[{}"
		  "]},\"finish_reason\":null}],\"moderation\":[]}")
			FINISH("\"stop\""),
		REPLY_EOF, "T:a\nD:complete/stop/\n"},
	{"data over two lines", 200, SSE_TYPE,
		"data: {\"choices\":[{\"delta\":\ndata: {\"content\":\"a\"}}]}"
		"\n\n" FINISH("\"stop\""),
		REPLY_EOF, "T:a\nD:complete/stop/\n"},
	{"other choices", 200, SSE_TYPE,
		D("{\"choices\":[{\"delta\":{\"content\":\"no\"},\"index\":1,"
		  "\"finish_reason\":\"length\"},{\"delta\":{\"content\":"
		  "\"a\"},\"index\":0}]}")
			D("{\"choices\":[{\"index\":1,\"delta\":{\"content\":"
			  "\"no\"},\"finish_reason\":\"stop\"}]}")
				FINISH("\"stop\""),
		REPLY_EOF, "T:a\nD:complete/stop/\n"},
	{"surrogates in two deltas", 200, SSE_TYPE,
		TEXT("a\\ud83d") TEXT("\\ude00b") TEXT("\\ud83d")
			FINISH("\"stop\""),
		REPLY_EOF,
		"T:a\xf0\x9f\x98\x80"
		"b\xef\xbf\xbd\nD:complete/stop/\n"},
	{"a character in two deltas", 200, SSE_TYPE,
		TEXT("\xe2\x82") TEXT("\xac") TEXT("\xff") FINISH("\"stop\""),
		REPLY_EOF, "T:\xe2\x82\xac\xef\xbf\xbd\nD:complete/stop/\n"},
	{"reasoning cut before text", 200, SSE_TYPE,
		DELTA("\"reasoning\":\"\\ud83d\"") TEXT("a") FINISH("\"stop\""),
		REPLY_EOF, "R:\xef\xbf\xbd\nT:a\nD:complete/stop/\n"},
	{"escaped keys, equal keys", 200, SSE_TYPE,
		D("{\"ch\\u006fices\":[{\"delta\":{\"content\":\"x\","
		  "\"cont\\u0065nt\":\"a\"}}]}") FINISH("\"stop\""),
		REPLY_EOF, "T:a\nD:complete/stop/\n"},
	{"untyped stream", 200, "", TEXT("a") FINISH("\"stop\"") DONE,
		REPLY_EOF, "T:a\nD:complete/stop/\n"},
	{"stream called JSON", 200, JSON_TYPE,
		"\n" TEXT("a") FINISH("\"stop\"") DONE, REPLY_EOF,
		"T:a\nD:complete/stop/\n"},
	{"BOM before an untyped stream", 200, "text/plain",
		"\xef\xbb\xbf" TEXT("a") FINISH("\"stop\""), REPLY_EOF,
		"T:a\nD:complete/stop/\n"},
	{"finish, then an empty one", 200, SSE_TYPE,
		TEXT("a") FINISH("\"\"") FINISH("\"length\"") FINISH("null")
			FINISH("\"stop\""),
		REPLY_EOF, "T:a\nD:length/length/\n"},
};

/* Words of finishing. */
static const struct {
	const char *word;
	const char *want;
} words[] = {
	{"stop", "complete"},
	{"length", "length"},
	{"tool_calls", "complete"},
	{"content_filter", "filtered"},
	{"function_call", "complete"},
	{"eos", "complete"},
	{"eos_token", "complete"},
	{"stop_sequence", "complete"},
	{"end", "complete"},
	{"end_turn", "complete"},
	{"STOP", "complete"},
	{"MAX_TOKENS", "length"},
	{"SAFETY", "filtered"},
	{"model_context_window_exceeded", "length"},
};

static void test_finishes(void)
{
	struct buf body;
	struct buf want;
	struct row row = {"word", 200, SSE_TYPE, NULL, REPLY_EOF, NULL};
	size_t i;

	buf_init(&body, BUF_SMALL);
	buf_init(&want, BUF_SMALL);
	for (i = 0; i < COUNT(words); i++) {
		buf_reset(&body);
		buf_reset(&want);
		buf_fmt(&body, TEXT("a") FINISH("\"%s\"") DONE, words[i].word);
		buf_fmt(&want, "T:a\nD:%s/%s/\n", words[i].want, words[i].word);
		row.body = body.p;
		row.want = want.p;
		check_row(&row);
	}
	row.body = TEXT("a") FINISH("\"banana\"") DONE;
	row.want = "T:a\nN:the reply ended for an unknown reason: banana\n"
		   "D:complete/banana/\n";
	check_row(&row);
	row.body = TEXT("a") FINISH("\"error\"") DONE;
	row.want = "T:a\nF:server/200/retry/the endpoint ended the reply with "
		   "an error\n";
	check_row(&row);
	row.body = FINISH("\"content_filter\"");
	row.want = "D:filtered/content_filter/\n";
	check_row(&row);
	buf_release(&body);
	buf_release(&want);
}

static const struct row tools[] = {
	{"whole in one delta", 200, SSE_TYPE,
		CALL("{\"index\":0,\"id\":\"a\",\"type\":\"function\","
		     "\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}")
			FINISH("\"tool_calls\"") DONE,
		REPLY_EOF, "C:f({})a\nD:complete/tool_calls/\n"},
	{"fragments of two", 200, SSE_TYPE,
		CALL("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\","
		     "\"arguments\":\"\"}}")
			CALL("{\"index\":0,\"function\":{\"arguments\":"
			     "\"{\\\"x\\\"\"}}")
				CALL("{\"index\":1,\"id\":\"b\",\"function\":{"
				     "\"name\":\"g\",\"arguments\":\"{\"}},"
				     "{\"index\":0,\"function\":{"
				     "\"arguments\":\":1}\"}}")
					CALL("{\"index\":1,\"function\":{"
					     "\"arguments\":\"}\"}}")
						FINISH("\"tool_calls\""),
		REPLY_EOF,
		"C:f({\"x\":1})a\nC:g({})b\nD:complete/tool_calls/\n"},
	{"index 0 for each", 200, SSE_TYPE,
		CALL("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\","
		     "\"arguments\":\"{}\"}}")
			CALL("{\"index\":0,\"id\":\"b\",\"function\":{"
			     "\"name\":\"f\",\"arguments\":\"[\"}}")
				CALL("{\"index\":0,\"function\":{"
				     "\"arguments\":\"]\"}}")
					FINISH("\"stop\""),
		REPLY_EOF, "C:f({})a\nC:f([])b\nD:complete/stop/\n"},
	{"no index", 200, SSE_TYPE,
		CALL("{\"id\":\"a\",\"function\":{\"name\":\"f\","
		     "\"arguments\":\"{\"}}")
			CALL("{\"function\":{\"arguments\":\"}\"}}")
				CALL("{\"id\":\"b\",\"function\":{\"name\":"
				     "\"g\",\"arguments\":\"{}\"}}")
					FINISH("\"tool_calls\""),
		REPLY_EOF, "C:f({})a\nC:g({})b\nD:complete/tool_calls/\n"},
	{"wrong index without id", 200, SSE_TYPE,
		CALL("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\","
		     "\"arguments\":\"{\"}}")
			CALL("{\"index\":3,\"function\":{\"arguments\":"
			     "\"}\"}}") FINISH("\"tool_calls\""),
		REPLY_EOF, "C:f({})a\nD:complete/tool_calls/\n"},
	{"name behind the arguments, index from 1", 200, SSE_TYPE,
		CALL("{\"index\":1,\"id\":\"a\",\"function\":{\"arguments\":"
		     "\"{}\"}}")
			CALL("{\"index\":1,\"function\":{\"name\":\"f\"}}")
				FINISH("\"tool_calls\""),
		REPLY_EOF, "C:f({})a\nD:complete/tool_calls/\n"},
	{"arguments as an object", 200, SSE_TYPE,
		CALL("{\"id\":\"a\",\"function\":{\"name\":\"f\","
		     "\"arguments\":{\"x\":[1]}}}") DONE,
		REPLY_EOF, "C:f({\"x\":[1]})a\nD:complete/tool_calls/\n"},
	{"function_call", 200, SSE_TYPE,
		DELTA("\"function_call\":{\"name\":\"f\",\"arguments\":\"{\"}")
			DELTA("\"function_call\":{\"arguments\":\"}\"}")
				FINISH("\"function_call\""),
		REPLY_EOF, "C:f({})\nD:complete/function_call/\n"},
	{"null and empty lists", 200, SSE_TYPE,
		DELTA("\"content\":\"a\",\"tool_calls\":null")
			DELTA("\"tool_calls\":[]") CALL("{}") CALL("5")
				FINISH("\"stop\""),
		REPLY_EOF, "T:a\nD:complete/stop/\n"},
	{"cut call", 200, SSE_TYPE,
		CALL("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\","
		     "\"arguments\":\"{\\\"x\"}}"),
		REPLY_EOF,
		"N:a call of a tool was cut off and is left out\n"
		"D:cut//" EARLY "\n"},
	{"finished call with bad arguments", 200, SSE_TYPE,
		CALL("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\","
		     "\"arguments\":\"{x\"}}") FINISH("\"tool_calls\""),
		REPLY_EOF, "C:f({x)a\nD:complete/tool_calls/\n"},
	{"whole call, cut stream", 200, SSE_TYPE,
		CALL("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\","
		     "\"arguments\":\"{}\"}}"),
		REPLY_EOF, "C:f({})a\nD:cut//" EARLY "\n"},
};

static const struct row bodies[] = {
	{"JSON reply", 200, JSON_TYPE,
		"{\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"index\":0,"
		"\"message\":{\"role\":\"assistant\",\"content\":\"Hi \\ud83d"
		"\\ude00\"},\"finish_reason\":\"stop\"}],\"usage\":"
		"{\"prompt_tokens\":1,\"completion_tokens\":2,"
		"\"total_tokens\":3}}\n",
		REPLY_EOF,
		"M:m|c\nT:Hi \xf0\x9f\x98\x80\nU:1/2/3\nD:complete/stop/\n"},
	{"JSON called a stream", 200, SSE_TYPE,
		" {\"choices\":[{\"message\":{\"content\":\"a\"},"
		"\"finish_reason\":\"length\"}]}",
		REPLY_EOF, "T:a\nD:length/length/\n"},
	{"JSON without a finish", 200, "",
		"{\"choices\":[{\"message\":{\"content\":\"a\"}}]}", REPLY_EOF,
		"T:a\n" UNKNOWN "D:complete//\n"},
	{"legacy text", 200, JSON_TYPE,
		"{\"choices\":[{\"text\":\"a\",\"finish_reason\":\"stop\"}]}",
		REPLY_EOF, "T:a\nD:complete/stop/\n"},
	{"JSON with tools", 200, JSON_TYPE,
		"{\"choices\":[{\"message\":{\"content\":null,\"tool_calls\":["
		"{\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":"
		"\"{}\"}}]},\"finish_reason\":\"tool_calls\"}]}",
		REPLY_EOF, "C:f({})a\nD:complete/tool_calls/\n"},
	{"JSON cut", 200, JSON_TYPE,
		"{\"choices\":[{\"message\":{\"content\":\"a\"", REPLY_BROKEN,
		"F:net/200/retry/reset by peer\n"},
	{"JSON cut cleanly", 200, JSON_TYPE, "{\"choices\":[{\"mess", REPLY_EOF,
		"F:server/200/no/the endpoint sent what cannot be read: "
		"{\"choices\":[{\"mess\n"},
	{"JSON stopped", 200, JSON_TYPE, "{\"choices\":[{\"mess", REPLY_STOPPED,
		"D:stopped//\n"},
	{"JSON with no choice", 200, JSON_TYPE, "{\"choices\":[]}", REPLY_EOF,
		"F:server/200/retry/" NO_ANSWER "\n"},
	{"error with status 200", 200, JSON_TYPE,
		"{\"error\":{\"message\":\"bad key\",\"code\":401}}", REPLY_EOF,
		"F:auth/401/no/bad key\n"},
	{"error array with status 200", 200, JSON_TYPE,
		"[{\"error\":{\"code\":404,\"message\":\"no\"}}]", REPLY_EOF,
		"F:model/404/no/no\n"},
	{"detail with status 200", 200, JSON_TYPE, "{\"detail\":\"Not Found\"}",
		REPLY_EOF, "F:server/200/no/Not Found\n"},
	{"page with status 200", 200, "text/html",
		"\n<html><title>Log in</title>Welcome</html>", REPLY_EOF,
		"F:server/200/no/a web page came instead of an answer: Log in:"
		" Welcome\n"},
	{"words with status 200", 200, "text/plain", "hello there\n", REPLY_EOF,
		"F:server/200/no/hello there\n"},
	{"one letter with status 200", 200, "text/plain", "d", REPLY_EOF,
		"F:server/200/no/d\n"},
	{"nothing with status 200", 200, JSON_TYPE, "", REPLY_EOF,
		"F:server/200/retry/" NO_ANSWER "\n"},
	{"spaces with status 200", 200, JSON_TYPE, " \n ", REPLY_EOF,
		"F:server/200/retry/" NO_ANSWER "\n"},
	{"401", 401, JSON_TYPE,
		"{\"error\":{\"message\":\"Invalid API Key\",\"type\":"
		"\"authentication_error\",\"code\":401}}",
		REPLY_EOF, "F:auth/401/no/Invalid API Key\n"},
	{"404 in words", 404, "text/plain", "404 page not found\n", REPLY_EOF,
		"F:model/404/no/404 page not found\n"},
	{"502 page", 502, "text/html",
		"<html><title>502 Bad Gateway</title><p>x\x1b[2J</html>",
		REPLY_EOF, "F:server/502/retry/502 Bad Gateway: x\x1b[2J\n"},
	{"500 without a body", 500, "", "", REPLY_EOF,
		"F:server/500/retry/no reason was given\n"},
	{"500 cut", 500, "", "{\"error\":\"x", REPLY_BROKEN,
		"F:server/500/retry/{\"error\":\"x\n"},
	{"500 stopped", 500, "", "x", REPLY_STOPPED, "D:stopped//\n"},
	{"400 as a stream", 400, SSE_TYPE,
		"data: {\"error\":{\"message\":\"maximum context length is "
		"10 tokens\"}}\n\n",
		REPLY_EOF,
		"F:window/400/no/maximum context length is 10 tokens\n"},
};

static void test_streams(void)
{
	size_t i;

	for (i = 0; i < COUNT(streams); i++)
		check_row(&streams[i]);
}

static void test_tools(void)
{
	size_t i;

	for (i = 0; i < COUNT(tools); i++)
		check_row(&tools[i]);
}

static void test_bodies(void)
{
	size_t i;

	for (i = 0; i < COUNT(bodies); i++)
		check_row(&bodies[i]);
}

static void test_limits(void)
{
	static const struct row rows[] = {
		{"text", 200, SSE_TYPE,
			TEXT("0123456789") TEXT("01234\xe2\x82\xac") TEXT("x")
				FINISH("\"stop\"") DONE,
			REPLY_EOF,
			"T:012345678901234\n"
			"N:the reply is longer than atllama keeps; it was cut\n"
			"D:cut//the reply is longer than atllama keeps\n"},
		{"event", 200, SSE_TYPE,
			TEXT("a") TEXT("0123456789012345678901234567890123456"
				       "78901234567890123456789012345678901234"
				       "56789012345678901234567890"),
			REPLY_EOF,
			"T:a\nF:server/200/no/the endpoint sent an event of "
			"more than 100 bytes\n"},
		{"body", 200, JSON_TYPE,
			"{\"choices\":[{\"message\":{\"content\":\"01234567890"
			"12345678901234567890123456789012345678901234567890123"
			"45678901234567890123456789\"}}]}",
			REPLY_EOF,
			"F:server/200/no/the endpoint sent a reply that is "
			"too large\n"},
		{"error body", 500, "text/plain",
			"012345678901234567890123456789012345678901234567890"
			"123456789012345678901234567890123456789012345678901"
			"2345",
			REPLY_EOF,
			"F:server/500/retry/0123456789012345678901234567890123"
			"456789012345678901234567890123456789012345678901234567"
			"890123456789\n"},
	};
	size_t i;

	limits = (struct reply_limits){100, 17, 100};
	for (i = 0; i < COUNT(rows); i++)
		check_row(&rows[i]);
	limits.event_max = 0;
}

/* Headers, and what the caller asks in between. */
static void test_state(void)
{
	struct buf out;
	struct reply r;

	buf_init(&out, BUF_SMALL);
	reply_init(&r, NULL, on_event, &out);
	reply_head(&r, 200, span_str(""));
	reply_header(&r, span_str("Content-Type"), span_str(SSE_TYPE));
	reply_header(&r, span_str("CF-Ray"), span_str("ray"));
	reply_header(&r, span_str("X-Request-Id"), span_str(" req "));
	reply_header(&r, span_str("X-Generation-Id"), span_str("gen"));
	CHECK(span_is(reply_request_id(&r), "req"));
	CHECK(!reply_has_text(&r) && !reply_ended(&r));
	CHECK_INT(reply_feed(&r, span_str(TEXT("a")), NULL), ST_OK);
	CHECK(reply_has_text(&r) && !reply_finishing(&r));
	CHECK_STR(out.p, "");
	CHECK_INT(reply_feed(&r, span_str(TEXT("b")), NULL), ST_OK);
	CHECK_INT(reply_flush(&r, NULL), ST_OK);
	CHECK_INT(reply_flush(&r, NULL), ST_OK);
	CHECK_STR(out.p, "T:ab\n");
	CHECK_INT(reply_feed(&r, span_str(FINISH("\"stop\"")), NULL), ST_OK);
	CHECK(reply_finishing(&r) && !reply_ended(&r));
	CHECK_INT(reply_feed(&r, span_str(DONE), NULL), ST_OK);
	CHECK(reply_ended(&r));
	CHECK_STR(out.p, "T:ab\n");
	CHECK_INT(reply_finish(&r, REPLY_EOF, NULL, NULL), ST_OK);
	CHECK_STR(out.p, "T:ab\nD:complete/stop/\n");
	reply_release(&r);
	buf_release(&out);
}

static struct failure failed_with(const char *name, const char *value, int http)
{
	struct failure f;
	struct buf out;
	struct reply r;

	buf_init(&out, BUF_SMALL);
	reply_init(&r, NULL, on_event, &out);
	reply_head(&r, http, span_str(""));
	reply_header(&r, span_str(name), span_str(value));
	CHECK_INT(reply_feed(&r, span_str("x"), NULL), ST_OK);
	CHECK_INT(reply_finish(&r, REPLY_EOF, NULL, NULL), ST_OK);
	f = r.fail.f;
	f.text = f.code = f.field = (struct span){NULL, 0};
	reply_release(&r);
	buf_release(&out);
	return f;
}

static void test_retry_headers(void)
{
	CHECK_INT(failed_with("Retry-After", "7", 429).retry_after_ms, 7000);
	CHECK_INT(failed_with("retry-after", "1.25", 503).retry_after_ms, 1250);
	CHECK_INT(failed_with("retry-after-ms", "80", 429).retry_after_ms, 80);
	CHECK_INT(
		failed_with("retry-after", "Fri, 01", 429).retry_after_ms, -1);
	CHECK_INT(failed_with("retry-after", "-1", 429).retry_after_ms, -1);
	CHECK_INT(failed_with("retry-after", ".5", 429).retry_after_ms, -1);
	CHECK_INT(failed_with("other", "5", 429).retry_after_ms, -1);
	CHECK(!failed_with("x-should-retry", "false", 500).retry);
	CHECK(failed_with("x-should-retry", "true", 404).retry);
	CHECK(!failed_with("x-should-retry", "true", 402).retry);
}

/* A sink that refuses ends it all. */
static enum status refuse(
	const struct event *ev, void *payload, struct err *err)
{
	int *count = payload;

	(void)ev;
	++*count;
	return err_set(err, ST_IO, "disk full");
}

static void test_refusing_sink(void)
{
	struct reply r;
	struct err err;
	int count = 0;

	reply_init(&r, NULL, refuse, &count);
	reply_head(&r, 200, span_str(SSE_TYPE));
	CHECK_INT(reply_feed(&r, span_str(TEXT("a") TEXT("b")), &err), ST_OK);
	CHECK_INT(reply_flush(&r, &err), ST_IO);
	CHECK_STR(err.msg, "disk full");
	CHECK_INT(reply_feed(&r, span_str(TEXT("c")), NULL), ST_IO);
	CHECK_INT(reply_finish(&r, REPLY_EOF, NULL, NULL), ST_IO);
	CHECK_INT(count, 1);
	reply_release(&r);
}

/* The scan of a chunk and the tree of the same bytes say the same. */
static void check_pick(const struct scan_str *pick, const struct json *tree)
{
	struct span want = {NULL, 0};
	struct buf got;

	buf_init(&got, BUF_LARGE);
	scan_unescape(pick, &got);
	CHECK_INT(pick->raw.p != NULL, json_str(tree, &want));
	CHECK(span_eq(buf_view(&got), want));
	buf_release(&got);
}

static void check_paths(struct span data)
{
	struct json *root = NULL;
	const struct json *choice;
	const struct json *delta;
	struct chunk c;
	bool read = chunk_read(data, &c);

	if (json_parse(data, &root, NULL) != ST_OK) {
		/* The scan forgives bytes that are not UTF-8. */
		CHECK(!read || !utf8_valid(data));
		return;
	}
	CHECK_INT(read, json_type(root) == JSON_OBJECT);
	choice = json_first(json_get(root, "choices"));
	for (; choice != NULL; choice = json_next(choice))
		if (json_type(choice) == JSON_OBJECT &&
			json_get_int(choice, "index", 0) == 0)
			break;
	if (!read)
		goto out;
	CHECK_INT(c.has_choice, choice != NULL);
	check_pick(&c.id, json_get(root, "id"));
	check_pick(&c.model, json_get(root, "model"));
	check_pick(&c.finish, json_get(choice, "finish_reason"));
	delta = json_get(choice, "delta");
	if (delta == NULL)
		delta = json_get(choice, "message");
	if (json_get(choice, "text") == NULL)
		check_pick(&c.content, json_get(delta, "content"));
out:
	json_free(root);
}

static void test_paths_agree(void)
{
	size_t i;

	for (i = 0; i < COUNT(streams) + COUNT(bodies); i++) {
		const struct row *row = i < COUNT(streams)
			? &streams[i]
			: &bodies[i - COUNT(streams)];
		struct span rest = span_str(row->body);

		while (rest.n > 0) {
			struct span line = span_cut(&rest, '\n');

			if (span_starts(line, "data: "))
				line = span_of(line.p + 6, line.n - 6);
			check_paths(line);
		}
	}
}

int main(void)
{
	RUN(test_streams);
	RUN(test_finishes);
	RUN(test_tools);
	RUN(test_bodies);
	RUN(test_limits);
	RUN(test_state);
	RUN(test_retry_headers);
	RUN(test_refusing_sink);
	RUN(test_paths_agree);
	return REPORT();
}
