/*
 * Compiler attributes. The only place where they are spelled.
 */
#ifndef ATL_BASE_ATTR_H
#define ATL_BASE_ATTR_H

#if defined(__GNUC__) || defined(__clang__)
#define ATTR_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define ATTR_MUST_CHECK __attribute__((warn_unused_result))
#define ATTR_UNUSED __attribute__((unused))
#define ATTR_NORETURN __attribute__((noreturn))
#define ATTR_EXPORT __attribute__((visibility("default")))
#else
#define ATTR_PRINTF(fmt, args)
#define ATTR_MUST_CHECK
#define ATTR_UNUSED
#define ATTR_NORETURN
#define ATTR_EXPORT
#endif

#endif
