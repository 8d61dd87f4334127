#include "bm/policy.h"

#include <string.h>

#include "bm/words.h"

/* A word never changes its list: ids of runs have the word. */
#define POLICIES(X)                                          \
    X("full", "crop,flip,jitter,grayscale")                  \
    X("isometry", "flip,affine")                             \
    X("full_rotations", "crop,flip,affine,jitter,grayscale") \
    X("most_difficult", "crop,flip,vertical_flip,affine,jitter,blur,grayscale,erasing")

#define NAME(name, members) name,
#define LIST(name, members) members,
const char *const bm_policy_names[] = {POLICIES(NAME) NULL};
const char *const bm_policy_lists[] = {POLICIES(LIST) NULL};

const char *bm_policy_members(const char *augment)
{
    for (size_t i = 0; bm_policy_names[i] != NULL; i++)
        if (strcmp(bm_policy_names[i], augment) == 0)
            return bm_policy_lists[i];
    return augment;
}

bool bm_policy_has(const char *augment, const char *member)
{
    return bm_words_have(bm_policy_members(augment), member);
}
