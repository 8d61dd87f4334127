/* Limits of cores and memory, read from pretended machines: control groups of both versions, in
 * containers and out of them, and Slurm's variables. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "bm/machine.h"

static char root[64];

static int make_root(void **state)
{
    (void)state;
    snprintf(root, sizeof root, "/tmp/bm-limits-XXXXXX");
    unsetenv("SLURM_JOB_ID");
    return mkdtemp(root) == NULL;
}

static int remove_root(void **state)
{
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", root);
    return system(command);
}

/* Writes root/path, with the folders that it needs. */
static void put(const char *path, const char *text)
{
    char full[500];
    snprintf(full, sizeof full, "%s/%s", root, path);
    for (char *slash = strchr(full + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(full, 0777);
        *slash = '/';
    }
    FILE *file = fopen(full, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void assert_limits(double cores, const char *cores_by, double memory, const char *memory_by)
{
    struct bm_limit limit;
    bm_limit_cores(root, &limit);
    assert_true(limit.amount == cores);
    assert_string_equal(limit.by, cores_by);
    bm_limit_memory(root, &limit);
    assert_true(limit.amount == memory);
    assert_string_equal(limit.by, memory_by);
}

static const char unrelated[] = "22 1 8:1 / / rw - ext4 /dev/sda rw\n"
                                "23 22 0:5 / /proc rw,nosuid shared:1 - proc proc rw\n";

static void a_machine_without_groups(void **state)
{
    (void)state;
    assert_int_equal(bm_oom_kills(root), 0);
    assert_limits(INFINITY, "", INFINITY, "");
    put("proc/meminfo", "MemFree: 5 kB\nMemTotal:       2048 kB\nMemAvailable: 3 kB\n");
    put("proc/self/mountinfo", unrelated);
    put("proc/self/cgroup", "0::/\n");
    assert_limits(INFINITY, "", 2 << 20, "this machine");
}

static void version_2(void **state)
{
    (void)state;
    char mounts[600];
    snprintf(mounts, sizeof mounts, "%s30 23 0:26 / /sys/fs/cgroup rw shared:4 - cgroup2 cg rw\n",
             unrelated);
    put("proc/meminfo", "MemTotal: 1048576 kB\n");
    put("proc/self/mountinfo", mounts);
    put("proc/self/cgroup", "0::/slurm/job_7/step_0\n");
    put("sys/fs/cgroup/slurm/job_7/step_0/memory.max", "max\n");
    put("sys/fs/cgroup/slurm/job_7/step_0/cpu.max", "max 100000\n");
    assert_limits(INFINITY, "", 1 << 30, "this machine");
    put("sys/fs/cgroup/slurm/job_7/memory.max", "500000\n"); /* a parent's counts */
    put("sys/fs/cgroup/slurm/cpu.max", "250000 100000\n");
    assert_limits(2.5, "cpu.max of the control group /slurm", 500000,
                  "memory.max of the control group /slurm/job_7");
    put("sys/fs/cgroup/slurm/job_7/step_0/memory.high", "400000\n");
    put("sys/fs/cgroup/slurm/job_7/step_0/cpu.max", "50000 100000\n");
    assert_limits(0.5, "cpu.max of the control group /slurm/job_7/step_0", 400000,
                  "memory.high of the control group /slurm/job_7/step_0");
    put("sys/fs/cgroup/slurm/memory.events", "low 0\noom 9\noom_kill 2\n");
    put("sys/fs/cgroup/slurm/job_7/step_0/memory.events", "oom 5\noom_kill 3\noom_group_kill 7\n");
    assert_int_equal(bm_oom_kills(root), 3);
    put("proc/meminfo", "MemTotal: 1 kB\n"); /* a group that allows more than there is */
    assert_limits(0.5, "cpu.max of the control group /slurm/job_7/step_0", 1024, "this machine");
}

static void version_1(void **state)
{
    (void)state;
    put("proc/meminfo", "MemTotal: 1048576 kB\n");
    put("proc/self/mountinfo",
        "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n"
        "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
        "33 31 0:30 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
        "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
        "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
    put("proc/self/cgroup",
        "5:memory:/a/b\n4:cpuset:/x\n3:cpuacct,cpu:/c\n1:name=systemd:/d\n0::/\n");
    put("sys/fs/cgroup/memory/a/b/memory.limit_in_bytes", "9223372036854771712\n");
    put("sys/fs/cgroup/cpu,cpuacct/c/cpu.cfs_quota_us", "-1\n");
    put("sys/fs/cgroup/cpu,cpuacct/c/cpu.cfs_period_us", "100000\n");
    assert_limits(INFINITY, "", 1 << 30, "this machine");
    put("sys/fs/cgroup/memory/memory.limit_in_bytes", "3000000\n");
    put("sys/fs/cgroup/cpu,cpuacct/c/cpu.cfs_quota_us", "300000\n");
    assert_limits(3, "cpu.cfs_quota_us of the control group /c", 3000000,
                  "memory.limit_in_bytes of the control group /");
    put("sys/fs/cgroup/memory/a/b/memory.oom_control", "oom_kill_disable 0\noom_kill 4\n");
    assert_int_equal(bm_oom_kills(root), 4);
}

/* Docker's mounts show the container's own group; without a namespace, its path is the host's. */
static void containers(void **state)
{
    (void)state;
    put("proc/meminfo", "MemTotal: 1048576 kB\n");
    put("proc/self/mountinfo",
        "35 31 0:32 /docker/1f /sys/fs/cgroup/memory ro - cgroup c rw,memory\n"
        "36 31 0:33 / /sys/fs/cgroup/cpu ro - cgroup c rw,cpu\n");
    put("proc/self/cgroup", "5:memory:/docker/1f\n4:cpu:/docker/1f\n");
    put("sys/fs/cgroup/memory/memory.limit_in_bytes", "7000000\n");
    put("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "150000\n");
    put("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
    assert_limits(1.5, "cpu.cfs_quota_us of the control group /", 7000000,
                  "memory.limit_in_bytes of the control group /");
    /* below the container's group; beside what the mount shows; a name that only begins like it */
    put("proc/self/cgroup", "5:memory:/docker/1f/inner\n");
    put("sys/fs/cgroup/memory/inner/memory.limit_in_bytes", "6000000\n");
    assert_limits(INFINITY, "", 6000000, "memory.limit_in_bytes of the control group /inner");
    put("proc/self/cgroup", "5:memory:/elsewhere\n");
    assert_limits(INFINITY, "", 7000000, "memory.limit_in_bytes of the control group /");
    put("proc/self/cgroup", "5:memory:/docker/1ff/inner\n");
    assert_limits(INFINITY, "", 7000000, "memory.limit_in_bytes of the control group /");
}

static void slurm(void **state)
{
    (void)state;
    static const struct {
        const char *node, *per_cpu, *cpus;
        double cores, memory;
        const char *cores_by, *memory_by;
    } cases[] = {
        {"512", NULL, "2", 2, 512 << 20, "SLURM_CPUS_ON_NODE", "SLURM_MEM_PER_NODE"},
        {"0", NULL, NULL, INFINITY, 1 << 30, "", "this machine"}, /* all of the node */
        {NULL, "100", "3", 3, 300 << 20, "SLURM_CPUS_ON_NODE", "SLURM_MEM_PER_CPU, 3 CPUs"},
        {NULL, "100", NULL, INFINITY, 1 << 30, "", "this machine"},
        {"1G", NULL, NULL, INFINITY, 1 << 30, "", "this machine"},
        {"64M", NULL, NULL, INFINITY, 64 << 20, "", "SLURM_MEM_PER_NODE"},
        {"much", NULL, "all", INFINITY, 1 << 30, "", "this machine"},
    };
    put("proc/meminfo", "MemTotal: 1048576 kB\n");
    setenv("SLURM_JOB_ID", "7", 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *const values[][2] = {{"SLURM_MEM_PER_NODE", cases[i].node},
                                         {"SLURM_MEM_PER_CPU", cases[i].per_cpu},
                                         {"SLURM_CPUS_ON_NODE", cases[i].cpus}};
        for (size_t v = 0; v < 3; v++) {
            unsetenv(values[v][0]);
            if (values[v][1] != NULL)
                setenv(values[v][0], values[v][1], 1);
        }
        assert_limits(cases[i].cores, cases[i].cores_by, cases[i].memory, cases[i].memory_by);
    }
    setenv("SLURM_MEM_PER_NODE", "1", 1);
    unsetenv("SLURM_JOB_ID"); /* variables that somebody exported elsewhere */
    assert_limits(INFINITY, "", 1 << 30, "this machine");
}

static void ulimit(void **state)
{
    (void)state;
    struct bm_limit limit;
    struct rlimit before, small = {(rlim_t)1 << 40, RLIM_INFINITY};
    bm_limit_process(&limit);
    getrlimit(RLIMIT_AS, &before);
    small.rlim_max = before.rlim_max;
    if (before.rlim_cur == RLIM_INFINITY)
        assert_true(isinf(limit.amount) || strcmp(limit.by, "ulimit -d") == 0);
    assert_int_equal(setrlimit(RLIMIT_AS, &small), 0);
    bm_limit_process(&limit);
    assert_true(limit.amount <= 0x1p40);
    setrlimit(RLIMIT_AS, &before);
}

static void cores_are_at_least_one_and_at_most_the_mask(void **state)
{
    (void)state;
    assert_true(bm_cores() >= 1);
    assert_true(bm_cores() <= bm_cores_of_mask(0));
    assert_true(bm_cores_of_mask(0) <= bm_cores_online());
    assert_int_equal(bm_cores_of_mask(-1), 0);
}

int main(void)
{
#define IN_ROOT(test) cmocka_unit_test_setup_teardown(test, make_root, remove_root)
    const struct CMUnitTest tests[] = {
        IN_ROOT(a_machine_without_groups),
        IN_ROOT(version_2),
        IN_ROOT(version_1),
        IN_ROOT(containers),
        IN_ROOT(slurm),
        cmocka_unit_test(ulimit),
        cmocka_unit_test(cores_are_at_least_one_and_at_most_the_mask),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
