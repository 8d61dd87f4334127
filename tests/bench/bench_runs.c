/* Writes a results file from runs as text (tests/runs.h) on standard input. bench_runs FILE */
#include "runs.h"

int main(int argc, char **argv)
{
    return argc == 2 ? runs_write(argv[1], stdin) : 2;
}
