/*
 * What a setting may hold, the same in the configuration file and on the
 * command line: plain checks, and the functions of option rows that use them
 * (see opt_call_fn; their message needs a prefix). Pure; fit for threads.
 */
#ifndef ATL_CONF_CHECK_H
#define ATL_CONF_CHECK_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

#define CHECK_NAME_MAX ((size_t)64)
#define CHECK_STOP_MAX ((size_t)4)

/* Names of endpoints and agents: an ASCII letter, then letters, digits, '-'
 * and '_', at most CHECK_NAME_MAX bytes. */
bool check_name(struct span s);
/* A token of RFC 9110, section 5.6.2: the name of a header. */
bool check_token(struct span s);
/* "Name: value", the value of visible characters, spaces and tabs, and the
 * name not one of those that frame the message. */
bool check_header(struct span s);
/* An absolute http or https URL with a host, without user information,
 * spaces, control characters or a fragment. */
bool check_url(struct span s);
/* The name of an environment variable. */
bool check_variable(struct span s);
/* A host: a name, an IPv4 address or an IPv6 address in brackets, with an
 * optional port. */
bool check_host(struct span s);
/* The format of a line of status: text, in which "%" stands before one of
 * these. */
#define CHECK_FORMAT "ftriowpme%"

/* For const char *. */
enum status store_name(void *at, const char *value, struct err *err);
enum status store_token(void *at, const char *value, struct err *err);
enum status store_url(void *at, const char *value, struct err *err);
enum status store_variable(void *at, const char *value, struct err *err);
enum status store_host(void *at, const char *value, struct err *err);
/* A proxy: a URL, of socks4, socks4a, socks5 and socks5h as well. */
enum status store_proxy(void *at, const char *value, struct err *err);
enum status store_pin(void *at, const char *value, struct err *err);
/* Words of the guard, kept as they are. */
enum status store_guard_mode(void *at, const char *value, struct err *err);
enum status store_guard_stream(void *at, const char *value, struct err *err);
enum status store_guard_undecided(void *at, const char *value, struct err *err);
/* A struct opt_int, 10 to 100; "off" is 0. */
enum status store_percent(void *at, const char *value, struct err *err);
/* "90d" and "yesterday", as base/when takes them. */
enum status store_age(void *at, const char *value, struct err *err);
enum status store_when(void *at, const char *value, struct err *err);
/* A format; "off", "short" and "full" are words without "%". */
enum status store_format(void *at, const char *value, struct err *err);
/* A text that is not empty. */
enum status store_some(void *at, const char *value, struct err *err);
/* For struct opt_list. */
/* "name=text": a name as check_name() takes it, and a text that is not
 * empty. */
enum status store_pair(void *at, const char *value, struct err *err);
/* "name=JSON": the name of a field of a request that has no setting of its own;
 * the value is not looked at. */
enum status store_param(void *at, const char *value, struct err *err);
/* A text that ends a reply; endpoints take up to CHECK_STOP_MAX. */
enum status store_stop(void *at, const char *value, struct err *err);
enum status store_header(void *at, const char *value, struct err *err);
/* A text that is not empty, and a name as check_name() takes it. */
enum status store_item(void *at, const char *value, struct err *err);
enum status store_name_item(void *at, const char *value, struct err *err);

#endif
