#include "bm/path.h"

#include <ctype.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct expansion {
    const char *path; /* the whole, for messages */
    char *text;
    size_t used, size;
    struct bm_err *err;
};

static int add(struct expansion *expansion, const char *text, size_t length)
{
    if (expansion->used + length >= expansion->size)
        return bm_fail(expansion->err, BM_EXIT_DATA, "the path '%.100s…' is longer than %zu bytes",
                       expansion->path, expansion->size - 1);
    memcpy(expansion->text + expansion->used, text, length);
    expansion->used += length;
    expansion->text[expansion->used] = '\0';
    return 0;
}

/* The home of a user ("": of this one, by $HOME first), or NULL. */
static const char *home_of(const char *user)
{
    const char *home = user[0] == '\0' ? getenv("HOME") : NULL;
    if (home != NULL && home[0] != '\0')
        return home;
    const struct passwd *entry = user[0] == '\0' ? getpwuid(getuid()) : getpwnam(user);
    return entry != NULL && entry->pw_dir[0] != '\0' ? entry->pw_dir : NULL;
}

/* At "~" or "~user"; moves *at behind it. */
static int add_home(struct expansion *expansion, const char **at)
{
    char user[64];
    size_t length = strcspn(*at + 1, "/");
    snprintf(user, sizeof user, "%.*s", (int)length, *at + 1);
    const char *home = home_of(user);
    if (home == NULL)
        return bm_fail(expansion->err, BM_EXIT_DATA,
                       user[0] ? "the path '%s': there is no user '%s' (write ./~ for a name that "
                                 "begins so)"
                               : "the path '%s': there is no home folder%s",
                       expansion->path, user);
    *at += 1 + length;
    return add(expansion, home, strlen(home));
}

/* At "$"; moves *at behind the variable. */
static int add_variable(struct expansion *expansion, const char **at)
{
    const char *name = *at + 1;
    bool braced = *name == '{';
    name += braced;
    size_t length = 0;
    while (isalnum((unsigned char)name[length]) || name[length] == '_')
        length++;
    bool is_name = length > 0 && !isdigit((unsigned char)name[0]);
    if (!is_name || (braced && name[length] != '}'))
        return bm_fail(expansion->err, BM_EXIT_DATA,
                       "the path '%s': behind $ a name is expected, as in $HOME or ${HOME} (write "
                       "$$ for a dollar sign)",
                       expansion->path);
    char variable[128];
    snprintf(variable, sizeof variable, "%.*s", (int)length, name);
    const char *value = getenv(variable);
    if (value == NULL || value[0] == '\0')
        return bm_fail(expansion->err, BM_EXIT_DATA, "the path '%s': $%s is %s", expansion->path,
                       variable, value == NULL ? "not set" : "empty");
    *at = name + length + braced;
    return add(expansion, value, strlen(value));
}

int bm_path_expand(const char *path, char *expanded, size_t size, struct bm_err *err)
{
    struct expansion expansion = {.path = path, .text = expanded, .size = size, .err = err};
    const char *at = path;
    expanded[0] = '\0';
    int status = at[0] == '~' ? add_home(&expansion, &at) : 0;
    while (status == 0 && *at != '\0') {
        size_t plain = strcspn(at, "$");
        status = add(&expansion, at, plain);
        at += plain;
        if (status != 0 || *at == '\0')
            break;
        if (at[1] == '$') {
            status = add(&expansion, "$", 1);
            at += 2;
        } else {
            status = add_variable(&expansion, &at);
        }
    }
    return status;
}
