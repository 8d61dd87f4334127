/* The members of the open sets, by name, NULL-terminated and sorted. The Makefile writes these
 * lists from the files in the members' folders: `src/arch/cnn.c` makes `cnn` a valid word. */
#ifndef BM_NAMES_H
#define BM_NAMES_H

extern const char *const bm_arch_names[];
extern const char *const bm_augment_names[];
extern const char *const bm_dataset_names[];
extern const char *const bm_loss_names[];
extern const char *const bm_optimizer_names[];
extern const char *const bm_probe_names[];

#endif
