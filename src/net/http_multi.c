/* libcurl's multi interface behind one epoll and one timeout. */
#include "net/http_xfer.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/clock.h"

#define EVENTS_AT_ONCE 64
/* How often libcurl is called again at once, which it often asks for while it
 * connects. */
#define TURNS_MAX 8

static int epoll_events(int what)
{
	switch (what) {
	case CURL_POLL_IN: return EPOLLIN;
	case CURL_POLL_OUT: return EPOLLOUT;
	case CURL_POLL_INOUT: return EPOLLIN | EPOLLOUT;
	default: return 0;
	}
}

static int on_socket(
	CURL *easy, curl_socket_t fd, int what, void *payload, void *known)
{
	struct http *h = payload;
	struct epoll_event ev;

	(void)easy;
	memset(&ev, 0, sizeof(ev));
	ev.events = (uint32_t)epoll_events(what);
	ev.data.fd = fd;
	if (what == CURL_POLL_REMOVE) {
		/* It may be closed already, and so removed. */
		(void)epoll_ctl(h->epoll_fd, EPOLL_CTL_DEL, fd, &ev);
		return 0;
	}
	if (known != NULL &&
		epoll_ctl(h->epoll_fd, EPOLL_CTL_MOD, fd, &ev) == 0)
		return 0;
	if (epoll_ctl(h->epoll_fd, EPOLL_CTL_ADD, fd, &ev) != 0 &&
		(errno != EEXIST ||
			epoll_ctl(h->epoll_fd, EPOLL_CTL_MOD, fd, &ev) != 0))
		return -1;
	(void)curl_multi_assign(h->multi, fd, h);
	return 0;
}

static int on_timer(CURLM *multi, long timeout_ms, void *payload)
{
	struct http *h = payload;

	(void)multi;
	h->due_ms = timeout_ms < 0 ? -1 : clock_mono_ms() + timeout_ms;
	return 0;
}

void http_multi_end(struct http *h)
{
	if (h->multi == NULL)
		return;
	(void)curl_multi_cleanup(h->multi);
	h->multi = NULL;
	curl_global_cleanup();
}

/* Done late: libcurl's own start takes more time than a program should that
 * asks nothing. */
enum status http_multi_start(struct http *h, struct err *err)
{
	bool ok;

	if (h->multi != NULL)
		return ST_OK;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return err_set(err, ST_FAIL, "libcurl does not start");
	h->multi = curl_multi_init();
	if (h->multi == NULL) {
		curl_global_cleanup();
		return err_nomem(err);
	}
	ok = curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, on_socket) ==
		CURLM_OK;
	ok = ok &&
		curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h) == CURLM_OK;
	ok = ok &&
		curl_multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, on_timer) ==
			CURLM_OK;
	ok = ok &&
		curl_multi_setopt(h->multi, CURLMOPT_TIMERDATA, h) == CURLM_OK;
	if (ok)
		return ST_OK;
	http_multi_end(h);
	return err_set(err, ST_FAIL, "libcurl does not start");
}

static bool library_due(const struct http *h)
{
	return h->due_ms >= 0 && h->due_ms <= clock_mono_ms();
}

CURLMcode http_multi_turn(struct http *h)
{
	struct epoll_event events[EVENTS_AT_ONCE];
	CURLMcode rc = CURLM_OK;
	int running;
	int turns;
	int n = epoll_wait(h->epoll_fd, events, EVENTS_AT_ONCE, 0);
	int i;

	for (i = 0; i < n && rc == CURLM_OK; i++) {
		int mask = 0;

		if (events[i].events & EPOLLIN)
			mask |= CURL_CSELECT_IN;
		if (events[i].events & EPOLLOUT)
			mask |= CURL_CSELECT_OUT;
		if (events[i].events & (EPOLLERR | EPOLLHUP))
			mask |= CURL_CSELECT_ERR;
		rc = curl_multi_socket_action(
			h->multi, events[i].data.fd, mask, &running);
	}
	for (turns = 0; turns < TURNS_MAX && rc == CURLM_OK && library_due(h);
		turns++) {
		h->due_ms = -1;
		rc = curl_multi_socket_action(
			h->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	}
	if (rc == CURLM_OK && library_due(h))
		h->due_ms = clock_mono_ms();
	return rc;
}
