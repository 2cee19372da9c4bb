/*
 * The layout that programs were compiled for. A field may be added at the end
 * of an options struct together with a new version of it, and of nothing else:
 * a number here never changes for a version that was released.
 */
#include <atllama.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#if defined(__x86_64__) || defined(__aarch64__)
_Static_assert(sizeof(atl_error) == 1028, "atl_error");
_Static_assert(sizeof(atl_document) == 24, "atl_document");
_Static_assert(sizeof(atl_message) == 32, "atl_message");
_Static_assert(sizeof(atl_event) == 32, "atl_event");
_Static_assert(sizeof(atl_conversation) == 56, "atl_conversation");
_Static_assert(sizeof(atl_said) == 56, "atl_said");
_Static_assert(
	ATL_AGENT_OPTIONS_VERSION != 1 || sizeof(atl_agent_options) == 264,
	"atl_agent_options 1");
_Static_assert(
	ATL_STORE_OPTIONS_VERSION != 1 || sizeof(atl_store_options) == 72,
	"atl_store_options 1");
_Static_assert(ATL_CHAT_OPTIONS_VERSION != 1 || sizeof(atl_chat_options) == 48,
	"atl_chat_options 1");
_Static_assert(sizeof(atl_pool_endpoint) == 24, "atl_pool_endpoint");
_Static_assert(ATL_POOL_OPTIONS_VERSION != 1 || sizeof(atl_pool_options) == 48,
	"atl_pool_options 1");
#endif

#define FIELD(name)                                                            \
	(void)printf("%s %zu\n", #name, offsetof(atl_agent_options, name))

/* The offsets that a binding for another language must have. */
int main(void)
{
	char version[32];

	(void)snprintf(version, sizeof(version), "%d.%d.%d", ATL_VERSION_MAJOR,
		ATL_VERSION_MINOR, ATL_VERSION_PATCH);
	if (strcmp(version, atl_version()) != 0) {
		(void)fprintf(stderr, "atllama.h is of %s, the library of %s\n",
			version, atl_version());
		return 1;
	}
	FIELD(version);
	FIELD(name);
	FIELD(endpoint);
	FIELD(model);
	FIELD(api_key);
	FIELD(auth_header);
	FIELD(headers);
	FIELD(system);
	FIELD(temperature);
	FIELD(max_tokens);
	FIELD(context);
	FIELD(stream);
	FIELD(retries);
	FIELD(connect_timeout_ms);
	FIELD(first_byte_timeout_ms);
	FIELD(idle_timeout_ms);
	FIELD(ca_file);
	FIELD(client_cert);
	FIELD(client_key);
	FIELD(pin);
	FIELD(proxy);
	FIELD(insecure_http_host);
	FIELD(http11);
	FIELD(no_stream_options);
	FIELD(fixed_context);
	FIELD(max_wait_ms);
	FIELD(renew_key);
	FIELD(renew_payload);
	FIELD(record);
	FIELD(replay);
	FIELD(replay_speed);
	FIELD(parameters);
	FIELD(schema);
	FIELD(language);
	FIELD(images);
	(void)printf("size %zu\n", sizeof(atl_agent_options));
	return 0;
}
