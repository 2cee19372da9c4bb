/*
 * Charts as PNG, drawn by gnuplot where it is installed. It runs without a
 * shell and without its start-up files, with an environment of a few variables,
 * in a temporary folder.
 */
#ifndef ATL_APP_GNUPLOT_H
#define ATL_APP_GNUPLOT_H

#include "text/chart.h"

#define GNUPLOT_PNG_MAX ((size_t)16 * 1024 * 1024)
#define GNUPLOT_WAIT_MS 20000

/* Appends the image. ST_NOT_FOUND when gnuplot is not installed. */
enum status gnuplot_draw(
	const struct chart *c, struct buf *png, struct err *err);

#endif
