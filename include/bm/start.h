/* What every program does first. */
#ifndef BM_START_H
#define BM_START_H

/* Standard files that a daemon or a shell (>&-) has closed are opened, on /dev/null and for
 * reading, so that writing still fails: else the next file that is opened, the journal, would get
 * what is printed. A file that gets too large for the session's limit becomes an error of the write
 * (EFBIG), and is not the end by SIGXFSZ. Children can be waited for. */
void bm_start(void);

#endif
