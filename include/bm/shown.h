/* Standard output and standard error that are safe to look at. */
#ifndef BM_SHOWN_H
#define BM_SHOWN_H

#include <stdbool.h>

/* From now on the terminal obeys nothing that is printed to stdout and stderr: what would be obeyed
 * in names, logs and causes, and bytes that are not UTF-8, is printed in words (bm_text_show).
 * `is_data`: standard output is for programs, and changed only where it is a terminal. */
void bm_show_safely(bool is_data);
/* Whether standard output is a terminal that obeys escape sequences, as far as $TERM says. */
bool bm_shown_is_obeyed(void);

#endif
