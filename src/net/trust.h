/*
 * Which certificate authorities count.
 */
#ifndef ATL_NET_TRUST_H
#define ATL_NET_TRUST_H

struct trust {
	const char *file; /* PEM bundle, or NULL */
	const char *dir; /* folder hashed by subject, or NULL */
};

/*
 * What was asked for if anything was, else what the environment says
 * (CURL_CA_BUNDLE, else SSL_CERT_FILE and SSL_CERT_DIR), else the hashed folder
 * of the system. Both NULL: none of it is there, the library's default is to
 * be used. The strings are borrowed from the arguments or the environment.
 */
struct trust trust_choose(const char *file, const char *dir);

#endif
