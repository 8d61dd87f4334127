/* Bounds on cores and memory that are smaller than the machine: control groups (through their
 * mounts, as containers have them in other places), Slurm, ulimit. */
#include "bm/machine.h"

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "bm/words.h"

enum { PATH_SIZE = 4200, LINE_SIZE = 8192 };

void bm_limit_lower(struct bm_limit *limit, double amount, const char *format, ...)
{
    if (!(amount < limit->amount))
        return;
    limit->amount = amount;
    va_list args;
    va_start(args, format);
    vsnprintf(limit->by, sizeof limit->by, format, args);
    va_end(args);
}

static void limit_init(struct bm_limit *limit)
{
    *limit = (struct bm_limit){.amount = INFINITY};
}

/* ---- control groups ---- */

enum version { V1 = 1, V2 };

/* A controller's file of one or two numbers; "max" and negative ones are no limit. */
struct knob {
    enum version version;
    const char *controller, *file;
    const char *period; /* V1: the file of what the first number is divided by */
    bool is_ratio;      /* V2: the first number is divided by the second */
};

static const struct knob cpu_knobs[] = {
    {V1, "cpu", "cpu.cfs_quota_us", "cpu.cfs_period_us", false},
    {V2, "", "cpu.max", NULL, true},
};
static const struct knob memory_knobs[] = {
    {V1, "memory", "memory.limit_in_bytes", NULL, false},
    {V2, "", "memory.max", NULL, false},
    {V2, "", "memory.high", NULL, false}, /* beyond it processes are all but stopped */
};

/* Lines of a name and a number. */
static const struct knob event_knobs[] = {
    {V1, "memory", "memory.oom_control", NULL, false},
    {V2, "", "memory.events", NULL, false},
};

/* Reads up to two numbers; returns how many there are. */
static int read_numbers(const char *folder, const char *name, double numbers[2])
{
    char path[PATH_SIZE + 64];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return 0;
    int n = fscanf(file, "%lf %lf", &numbers[0], &numbers[1]);
    fclose(file);
    return n < 0 ? 0 : n;
}

static double read_knob(const struct knob *knob, const char *folder)
{
    double numbers[2], period[2];
    int n = read_numbers(folder, knob->file, numbers); /* 0: "max" */
    if (n == 0 || numbers[0] < 0)
        return INFINITY;
    if (knob->period != NULL)
        return read_numbers(folder, knob->period, period) > 0 && period[0] > 0
                   ? numbers[0] / period[0]
                   : INFINITY;
    if (knob->is_ratio)
        return n == 2 && numbers[1] > 0 ? numbers[0] / numbers[1] : INFINITY;
    return numbers[0];
}

/* One line of /proc/self/mountinfo. */
struct mount {
    enum version version;
    char root[PATH_SIZE], folder[PATH_SIZE]; /* the group that is mounted, and where */
    char options[256];                       /* V1: the controllers are among them */
};

static bool parse_mount(const char *line, struct mount *mount)
{
    char type[64];
    const char *rest = strstr(line, " - ");
    if (rest == NULL ||
        sscanf(line, "%*s %*s %*s %4199s %4199s", mount->root, mount->folder) != 2 ||
        sscanf(rest, " - %63s %*s %255s", type, mount->options) != 2)
        return false;
    mount->version = strcmp(type, "cgroup2") == 0 ? V2 : V1;
    return mount->version == V2 || strcmp(type, "cgroup") == 0;
}

/* This process's group in the hierarchy of the controller ("": version 2), from its root. */
static bool find_group(const char *root, const char *controller, char *group)
{
    char line[LINE_SIZE];
    bool found = false;
    snprintf(line, sizeof line, "%s/proc/self/cgroup", root);
    FILE *file = fopen(line, "re");
    while (file != NULL && !found && fgets(line, sizeof line, file) != NULL) {
        char *controllers = strchr(line, ':'), *path = NULL;
        if (controllers != NULL)
            path = strchr(++controllers, ':');
        if (path == NULL)
            continue;
        *path++ = '\0';
        path[strcspn(path, "\n")] = '\0';
        found =
            controller[0] == '\0' ? controllers[0] == '\0' : bm_words_have(controllers, controller);
        if (found)
            snprintf(group, PATH_SIZE, "%s", path);
    }
    if (file != NULL)
        fclose(file);
    return found;
}

/* What is done with a knob of a group, whose folder that is. */
typedef void visitor(void *context, const struct knob *knob, const char *folder, const char *group);

static void lower(void *limit, const struct knob *knob, const char *folder, const char *group)
{
    bm_limit_lower(limit, read_knob(knob, folder), "%s of the control group %s", knob->file,
                   group[0] ? group : "/");
}

/* The group and all its parents that the mount shows: each can have a limit of its own. */
static void visit_group(visitor *visit, void *context, const char *root, const struct mount *mount,
                        const struct knob *knob, const char *group)
{
    /* In a container the mount may be the group itself, or show nothing of it. */
    size_t prefix = strcmp(mount->root, "/") == 0 ? 0 : strlen(mount->root);
    bool inside =
        strncmp(group, mount->root, prefix) == 0 && (group[prefix] == '/' || group[prefix] == '\0');
    char below[PATH_SIZE], folder[3 * PATH_SIZE];
    snprintf(below, sizeof below, "%s", inside ? group + prefix : "");
    for (;;) {
        if (strcmp(below, "/") == 0)
            below[0] = '\0';
        int length = snprintf(folder, sizeof folder, "%s%s%s", root, mount->folder, below);
        if (length < PATH_SIZE)
            visit(context, knob, folder, below);
        char *slash = strrchr(below, '/');
        if (slash == NULL)
            return;
        *slash = '\0';
    }
}

static void visit_groups(visitor *visit, void *context, const char *root, const struct knob *knobs,
                         size_t n_knobs)
{
    char line[LINE_SIZE], group[PATH_SIZE];
    struct mount mount;
    snprintf(line, sizeof line, "%s/proc/self/mountinfo", root);
    FILE *file = fopen(line, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (!parse_mount(line, &mount))
            continue;
        for (const struct knob *knob = knobs; knob < knobs + n_knobs; knob++)
            if (knob->version == mount.version &&
                (knob->version == V2 || bm_words_have(mount.options, knob->controller)) &&
                find_group(root, knob->controller, group))
                visit_group(visit, context, root, &mount, knob, group);
    }
    if (file != NULL)
        fclose(file);
}

/* ---- Slurm ---- */

/* The variable's positive number within a Slurm job, or 0. `unit` multiplies a number without a
 * letter behind it. */
static double slurm_number(const char *variable, double unit)
{
    const char *text = getenv("SLURM_JOB_ID") != NULL ? getenv(variable) : NULL;
    if (text == NULL)
        return 0;
    static const char letters[] = "KMGT";
    char *end;
    double number = strtod(text, &end);
    const char *letter = *end != '\0' ? strchr(letters, *end) : NULL;
    if (letter != NULL)
        unit = exp2(10.0 * (double)(letter - letters + 1));
    return end != text && number > 0 ? number * unit : 0;
}

/* ---- all together ---- */

void bm_limit_cores(const char *root, struct bm_limit *limit)
{
    limit_init(limit);
    visit_groups(lower, limit, root, cpu_knobs, sizeof cpu_knobs / sizeof *cpu_knobs);
    double allocated = slurm_number("SLURM_CPUS_ON_NODE", 1);
    if (allocated > 0)
        bm_limit_lower(limit, allocated, "SLURM_CPUS_ON_NODE");
}

static void lower_by_machine(struct bm_limit *limit, const char *root)
{
    char line[LINE_SIZE];
    double kilobytes;
    snprintf(line, sizeof line, "%s/proc/meminfo", root);
    FILE *file = fopen(line, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "MemTotal: %lf kB", &kilobytes) == 1)
            bm_limit_lower(limit, 1024 * kilobytes, "this machine");
    if (file != NULL)
        fclose(file);
}

void bm_limit_memory(const char *root, struct bm_limit *limit)
{
    const double mebi = 1 << 20;
    double node = slurm_number("SLURM_MEM_PER_NODE", mebi), /* 0: all of it */
        cpu = slurm_number("SLURM_MEM_PER_CPU", mebi), cpus = slurm_number("SLURM_CPUS_ON_NODE", 1);
    limit_init(limit);
    lower_by_machine(limit, root);
    visit_groups(lower, limit, root, memory_knobs, sizeof memory_knobs / sizeof *memory_knobs);
    if (node > 0)
        bm_limit_lower(limit, node, "SLURM_MEM_PER_NODE");
    if (cpu > 0 && cpus > 0)
        bm_limit_lower(limit, cpu * cpus, "SLURM_MEM_PER_CPU, %.0f CPUs", cpus);
}

/* Groups count what happens in those below them as well, or do not. */
static void count_kills(void *most, const struct knob *knob, const char *folder, const char *group)
{
    char line[PATH_SIZE + 64];
    long n;
    (void)group;
    snprintf(line, sizeof line, "%s/%s", folder, knob->file);
    FILE *file = fopen(line, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "oom_kill %ld", &n) == 1 && n > *(long *)most)
            *(long *)most = n;
    if (file != NULL)
        fclose(file);
}

long bm_oom_kills(const char *root)
{
    long most = 0;
    visit_groups(count_kills, &most, root, event_knobs, sizeof event_knobs / sizeof *event_knobs);
    return most;
}

void bm_limit_process(struct bm_limit *limit)
{
    static const struct {
        unsigned resource; /* an enumeration in glibc */
        const char *by;
    } kinds[] = {{RLIMIT_AS, "ulimit -v"}, {RLIMIT_DATA, "ulimit -d"}};
    limit_init(limit);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct rlimit bounds;
        if (getrlimit(kinds[i].resource, &bounds) == 0 && bounds.rlim_cur != RLIM_INFINITY)
            bm_limit_lower(limit, (double)bounds.rlim_cur, "%s", kinds[i].by);
    }
}
