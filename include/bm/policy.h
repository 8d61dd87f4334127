/* Augmentation policies: the words of the setting `augment`, each of which means a list of members
 * (augment/step/NAME.c). A sweep may write a list of its own instead. */
#ifndef BM_POLICY_H
#define BM_POLICY_H

#include <stdbool.h>
#include <stddef.h>

/* By word, NULL-terminated, and of each its members, comma-separated, in their order. */
extern const char *const bm_policy_names[], *const bm_policy_lists[];

/* The members that a value of `augment` means, comma-separated: those of a word, else itself. */
const char *bm_policy_members(const char *augment);
/* Whether they have one. */
bool bm_policy_has(const char *augment, const char *member);

#endif
