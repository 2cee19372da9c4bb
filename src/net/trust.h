/*
 * Which certificate authorities are trusted.
 */
#ifndef ATL_NET_TRUST_H
#define ATL_NET_TRUST_H

struct trust {
	const char *file; /* PEM bundle, or NULL */
	const char *dir; /* folder hashed by subject, or NULL */
};

/*
 * Chooses what was asked for, else what the environment says (CURL_CA_BUNDLE,
 * else SSL_CERT_FILE and SSL_CERT_DIR), else the hashed folder of the system.
 * Both NULL: none of these exists, and the library's default is used. The
 * strings are borrowed from the arguments or the environment.
 */
struct trust trust_choose(const char *file, const char *dir);

#endif
