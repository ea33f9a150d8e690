/*
 * metrics: the rows of metrics.def, counted and printed.
 */
#include <inttypes.h>

#include "chatsrv/metrics.h"

struct metrics metrics;

void
metrics_print(struct buf *b)
{
#define COUNTER "counter"
#define GAUGE	"gauge"
#define METRIC(name, kind, help)               \
	buf_printf(b,                          \
	    "# HELP chatsrv_" #name " " help   \
	    "\n"                               \
	    "# TYPE chatsrv_" #name            \
	    " %s\n"                            \
	    "chatsrv_" #name " %" PRIu64 "\n", \
	    kind, metrics.name);
#include "chatsrv/metrics.def"
#undef METRIC
}
