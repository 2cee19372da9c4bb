/*
 * What settings.c (rows of agents) and settings_host.c (rows of what is asked)
 * share.
 */
#ifndef ATL_CONF_SETTINGS_PRIV_H
#define ATL_CONF_SETTINGS_PRIV_H

#include "conf/settings.h"

#define TOKENS .lo = 1, .hi = CONF_TOKENS_MAX
#define SECONDS .lo = 0.001, .hi = CONF_TIME_MAX_S
#define GROUP(g) .group = g

#define ROWS(a) a, sizeof(a) / sizeof((a)[0])

extern const struct opt_word settings_switches[];

#define SETTINGS_HOSTS 3
extern const struct section settings_hosts[SETTINGS_HOSTS];

#define IN_LINK(member) offsetof(struct endpoint_conf, link.member)

/* What defaults and endpoints share. */
#define LINK_ROWS(in)                                                          \
	{.name = "cacert",                                                     \
		.arg = "FILE",                                                 \
		.type = OPT_PATH,                                              \
		.at = in(cacert),                                              \
		GROUP("Link"),                                                 \
		.help = "CA certificates to trust"},                           \
		{.name = "proxy",                                              \
			.arg = "URL",                                          \
			.type = OPT_CALL,                                      \
			.call = store_proxy,                                   \
			.at = in(proxy),                                       \
			GROUP("Link"),                                         \
			.help = "Proxy to go through"},                        \
		{.name = "http1.1",                                            \
			.arg = "yes|no",                                       \
			.type = OPT_FLAG,                                      \
			.at = in(http11),                                      \
			GROUP("Link"),                                         \
			.help = "No HTTP/2"},                                  \
		{.name = "warm",                                               \
			.arg = "yes|no",                                       \
			.type = OPT_WORD,                                      \
			.words = settings_switches,                            \
			.at = in(warm),                                        \
			GROUP("Link"),                                         \
			.help = "Connect while the user types"},               \
		{.name = "connect_timeout",                                    \
			.arg = "SECONDS",                                      \
			.type = OPT_TIME,                                      \
			SECONDS,                                               \
			.at = in(connect_ms),                                  \
			GROUP("Link"),                                         \
			.help = "Time to connect"},                            \
		{.name = "first_byte_timeout",                                 \
			.arg = "SECONDS",                                      \
			.type = OPT_TIME,                                      \
			SECONDS,                                               \
			.at = in(first_byte_ms),                               \
			GROUP("Link"),                                         \
			.help = "Time until an answer begins"},                \
		{.name = "idle_timeout",                                       \
			.arg = "SECONDS",                                      \
			.type = OPT_TIME,                                      \
			SECONDS,                                               \
			.at = in(idle_ms),                                     \
			GROUP("Link"),                                         \
			.help = "Time without a byte"},                        \
	{                                                                      \
		.name = "retries", .arg = "N", .type = OPT_INT, .lo = 0,       \
		.hi = CONF_RETRIES_MAX, .at = in(retries), GROUP("Link"),      \
		.help = "How often to try again"                               \
	}

#endif
