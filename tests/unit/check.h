/*
 * What a unit test needs. Each test is a function run by RUN(); a failed CHECK
 * prints file, line and expression and goes on. main() ends with REPORT().
 */
#ifndef ATL_TESTS_CHECK_H
#define ATL_TESTS_CHECK_H

#include <stdio.h>
#include <string.h>

static int check_failures;
static int check_tests_failed;
static int check_tests_passed;

#define CHECK(cond)                                                            \
	do {                                                                   \
		if (!(cond)) {                                                 \
			check_failures++;                                      \
			printf("%s:%d: %s\n", __FILE__, __LINE__, #cond);      \
		}                                                              \
	} while (0)

/* Compares two integers and prints both. */
#define CHECK_INT(a, b)                                                        \
	do {                                                                   \
		long long check_a = (long long)(a);                            \
		long long check_b = (long long)(b);                            \
		if (check_a != check_b) {                                      \
			check_failures++;                                      \
			printf("%s:%d: %s is %lld, not %lld\n", __FILE__,      \
				__LINE__, #a, check_a, check_b);               \
		}                                                              \
	} while (0)

/* Compares two C strings and prints both. */
#define CHECK_STR(a, b)                                                        \
	do {                                                                   \
		const char *check_a = (a);                                     \
		const char *check_b = (b);                                     \
		if (strcmp(check_a, check_b) != 0) {                           \
			check_failures++;                                      \
			printf("%s:%d: %s is \"%s\", not \"%s\"\n", __FILE__,  \
				__LINE__, #a, check_a, check_b);               \
		}                                                              \
	} while (0)

#define RUN(test)                                                              \
	do {                                                                   \
		int check_before = check_failures;                             \
		test();                                                        \
		if (check_failures == check_before)                            \
			check_tests_passed++;                                  \
		else {                                                         \
			check_tests_failed++;                                  \
			printf("FAILED %s\n", #test);                          \
		}                                                              \
	} while (0)

#define REPORT()                                                               \
	(printf("%d passed, %d failed\n", check_tests_passed,                  \
		 check_tests_failed),                                          \
		check_tests_failed != 0)

#endif
