/*
 * Presets: what is known of a host or a server that many people use.
 *
 * A preset is a file of its name in share/presets, or in the user's folder
 * $XDG_CONFIG_HOME/atllama/presets, which is looked at first:
 *
 *	preset scaleway {
 *		title = "Scaleway"
 *		url = "https://api.scaleway.ai/v1"
 *		model = "llama-3.3-70b-instruct"
 *		key_env = SCALEWAY_API_KEY
 *		state = listed  since = "2026-07"
 *	}
 *
 * A {name} in the URL is a parameter, filled in from the endpoint's section or
 * from the variable that the preset names. A value cannot change anything but
 * its own part of a host name or of a path: a key goes where the preset says.
 *
 * A host that is gone stays in the list with the date and what to do instead;
 * choosing it fails with these words. Presets belong to the configuration they
 * were loaded into.
 */
#ifndef ATL_CONF_PRESET_H
#define ATL_CONF_PRESET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "conf/config.h"
#include "conf/opt.h"

#define PRESET_FILE_MAX ((size_t)64 * 1024)
#define PRESETS_MAX ((size_t)1000)

/* What is known of the preset, as of the date in `since`. */
enum preset_state {
	PRESET_UNVERIFIED = 0,
	PRESET_LIVE, /* its documentation names the model */
	PRESET_LISTED, /* catalogues list the model there */
	PRESET_DOUBTFUL,
	PRESET_LOCAL, /* software that people run themselves */
	PRESET_RETIRED, /* gone since then */
	PRESET_UNUSABLE, /* does not speak this protocol */
};

/* Texts are NULL when not said. */
struct preset {
	const char *name;
	const char *title; /* for people */
	const char *file; /* where it was read */
	bool own; /* from the user's folder */
	const char *url; /* base, with {parameters} */
	const char *model; /* NULL: one must be named */
	const char *key_env; /* at most one of these two */
	const char *key_command;
	bool key_optional; /* servers that may be open */
	const char *auth_header;
	struct opt_list headers;
	struct opt_list parameters; /* "name=VARIABLE" each */
	struct opt_int context; /* tokens */
	struct opt_int max_output; /* the same */
	bool no_stream_options; /* refuses that field */
	bool no_models; /* lists no models */
	int prefill; /* enum conf_prefill */
	int state; /* enum preset_state */
	const char *since; /* "2026-07" or "2026-07-06" */
	const char *advice; /* what to do about it */
};

/* "live", "retired", ... */
const char *preset_state_name(int state);

/*
 * Loads the preset of that name into c unless it is there. ST_USAGE, with the
 * nearest name, when there is none; ST_CONFIG, with file and line, when its
 * file is not valid.
 */
enum status preset_load(
	struct config *c, struct span name, struct err *err) ATTR_MUST_CHECK;
/* Loads all presets, by name. A file that is not valid is left out and told in
 * *faults, a line each. */
enum status preset_load_all(
	struct config *c, struct buf *faults, struct err *err) ATTR_MUST_CHECK;
/* Finds a loaded preset; NULL when there is none. */
const struct preset *preset_find(const struct config *c, struct span name);

/*
 * Appends the base URL with its parameters filled in, from `given`
 * ("name=value", may be NULL) before the environment. ST_CONFIG tells what to
 * set; ST_MODEL for a host that is gone.
 */
enum status preset_url(const struct preset *p, const struct opt_list *given,
	struct buf *out, struct err *err) ATTR_MUST_CHECK;

/* Frees the preset; its texts belong to the configuration. */
void preset_free(struct preset *p);

#endif
