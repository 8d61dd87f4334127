/* What a trainer process does: one run. How it ends is its parent's business (trainer.c): whatever
 * happens in here, the parent sees a wait status. */
#include "trainer_main.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "bm/beat.h"
#include "bm/claim.h"
#include "bm/clock.h"
#include "bm/examples_file.h"
#include "bm/frame.h"
#include "bm/isa.h"
#include "bm/nn.h"
#include "bm/train.h"
#include "bm/weights.h"
#include "saver.h"
#include "signals.h"
#include "trainer.h"

/* True when the parent is gone, by now or before this was called. */
static bool is_orphan(const char *parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    return getppid() != (pid_t)strtol(parent, NULL, 10);
}

static int read_job(struct bm_job *job, struct bm_err *err)
{
    unsigned char data[8192];
    size_t size = 0;
    for (;;) {
        ssize_t n = read(STDIN_FILENO, data + size, sizeof data - size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return bm_fail_errno(err, "the job cannot be read");
        if (n == 0)
            break;
        size += (size_t)n;
    }
    struct bm_schemas schemas;
    struct bm_frame frame;
    bm_schemas_init(&schemas);
    if (bm_frame_decode(data, size, &schemas, &frame, err) != 0)
        return -1;
    if (frame.kind != BM_FRAME_JOB)
        return bm_fail(err, BM_EXIT_USAGE, "standard input holds no job");
    *job = frame.job;
    return 0;
}

/* Writes the frame as a record: u32 length, frame. */
static int write_record(const struct bm_bytes *frame)
{
    struct bm_bytes record = {0};
    bm_bytes_add_u32(&record, (uint32_t)frame->size);
    bm_bytes_add(&record, frame->data, frame->size);
    size_t at = 0;
    while (at < record.size) {
        ssize_t n = write(BM_TRAINER_RECORDS, record.data + at, record.size - at);
        if (n < 0 && errno != EINTR)
            break;
        at += n > 0 ? (size_t)n : 0;
    }
    bool whole = at == record.size;
    bm_bytes_fini(&record);
    return whole ? 0 : -1;
}

static int write_evaluation(const struct bm_job *job, const struct bm_evaluation *evaluation,
                            const struct bm_findings *findings, struct bm_saver *saver)
{
    struct bm_bytes frame = {0};
    bm_frame_add_evaluation(&frame, &job->id, evaluation, findings);
    int status = write_record(&frame);
    if (saver != NULL)
        bm_saver_note(saver, &frame);
    bm_bytes_fini(&frame);
    return status;
}

static bool is_unsaved; /* a file could not be written, which others could not either */

static int saved(const struct bm_job *job, int status, const struct bm_err *err)
{
    is_unsaved =
        status != 0 && err->code == BM_EXIT_IO && bm_weights_check(job->results, NULL) == 0;
    return status;
}

static int save_network(void *context, const struct bm_net *net, struct bm_err *err)
{
    const struct bm_job *job = ((struct bm_saver *)context)->job;
    return saved(job,
                 bm_weights_save(job->results, &job->id, BM_WEIGHTS_AT_END, &job->config, net, err),
                 err);
}

static int save_epoch(void *context, int64_t epoch, const struct bm_net *net, struct bm_err *err)
{
    const struct bm_job *job = ((struct bm_saver *)context)->job;
    if (epoch % job->launch.save_every != 0)
        return 0;
    return saved(job, bm_weights_save(job->results, &job->id, epoch, &job->config, net, err), err);
}

static int save_examples(void *context, const struct bm_examples *examples, struct bm_err *err)
{
    const struct bm_job *job = ((struct bm_saver *)context)->job;
    return saved(job, bm_examples_save(job->results, &job->id, &job->config, examples, err), err);
}

/* Seconds between two words on progress: all ranks' end up at rank 0, which has to stay idle. */
static const double progress_pause = 0.5;

/* Nobody depends on progress: a failure to write it is left to the next evaluation. */
static void write_progress(void *context, const struct bm_progress *progress)
{
    static double last;
    const struct bm_job *job = ((struct bm_saver *)context)->job;
    double now = bm_seconds();
    if (last == 0)
        last = now; /* runs shorter than the pause say nothing */
    if (now - last < progress_pause)
        return;
    last = now;
    struct bm_bytes frame = {0};
    struct bm_progress told = *progress;
    told.earlier_s = ((struct bm_saver *)context)->before.worked_s;
    bm_frame_add_progress(&frame, &job->id, &told);
    write_record(&frame);
    bm_bytes_fini(&frame);
}

/* At once, as run_timeout counts it. */
static void write_earlier(const struct bm_saver *saver)
{
    struct bm_bytes frame = {0};
    const struct bm_progress progress = {.earlier_s = saver->before.worked_s};
    bm_frame_add_progress(&frame, &saver->job->id, &progress);
    write_record(&frame);
    bm_bytes_fini(&frame);
}

/* ---- one run: the context of its sink is a saver ---- */

static int take_evaluation(void *context, const struct bm_evaluation *evaluation,
                           const struct bm_findings *findings)
{
    struct bm_saver *saver = context;
    return write_evaluation(saver->job, evaluation, findings, saver);
}

/* A job that took this one for dead may have taken the run over: then it is that one's, with its
 * checkpoints. Looked at now and then, and whenever this process has slept. */
static bool is_taken(const struct bm_job *job)
{
    static const double pause_s = 20, longest_nap_s = 2;
    static double looked, last;
    static bool taken;
    char id[BM_ID_TEXT];
    double now = bm_seconds();
    if (job->claimant[0] != '\0' && !taken &&
        (now - looked > pause_s || now - last > longest_nap_s)) {
        looked = now;
        taken = !bm_claim_holds(job->results, bm_id_text(&job->id, id), job->claimant);
    }
    last = now;
    return taken;
}

static enum bm_wish wish(void *context)
{
    return is_taken(((struct bm_saver *)context)->job) ? BM_SAVE_AND_STOP : bm_saver_wish(context);
}

static void save(void *context, const struct bm_state *state)
{
    if (!is_taken(((struct bm_saver *)context)->job))
        bm_saver_save(context, state);
}

static bool restore(void *context, const struct bm_state *state, struct bm_result *result)
{
    bool is_there = bm_saver_restore(context, state, result);
    if (is_there)
        write_earlier(context);
    return is_there;
}

static int train(struct bm_job *job, struct bm_result *result, struct bm_err *err)
{
    struct bm_saver saver;
    bool saves = job->launch.save_weights != BM_SAVE_NONE,
         saves_epochs = job->launch.save_every > 0,
         saves_examples = job->launch.save_examples != BM_SAVE_NONE;
    struct bm_train_sink sink = {.context = &saver,
                                 .evaluation = take_evaluation,
                                 .epoch = saves_epochs ? save_epoch : NULL,
                                 .network = saves ? save_network : NULL,
                                 .examples = saves_examples ? save_examples : NULL,
                                 .progress = write_progress,
                                 .wish = wish,
                                 .save = save,
                                 .restore = restore};
    if (bm_train_needs_bf16(&job->config) && !bm_isa_has_bf16()) /* rank 0 took it for another */
        return bm_fail(err, BM_EXIT_IO, "this CPU has no AVX512-BF16, which precision: bf16 needs");
    if (((saves || saves_epochs) && bm_weights_check(job->results, err) != 0) ||
        (saves_examples && bm_examples_check(job->results, err) != 0))
        return -1;
    bm_saver_init(&saver, job, write_record);
    bm_signals_note();
    int status =
        bm_train(&job->config, &job->launch, job->sealed ? &job->seal : NULL, &sink, result, err);
    bm_saver_sign(&saver, result);
    bm_saver_fini(&saver);
    return status;
}

/* ---- further probes of a run ---- */

struct reprobing {
    struct bm_job *job;
    struct bm_bytes frame; /* PROBES: all that was found is recorded together, or nothing is */
};

/* Each evaluation is sent as well, as a sign of life. */
static int take_found(void *context, const struct bm_evaluation *evaluation,
                      const struct bm_findings *findings)
{
    struct reprobing *reprobing = context;
    bm_frame_extend_probes(&reprobing->frame, evaluation, findings);
    return write_evaluation(reprobing->job, evaluation, findings, NULL);
}

/* Where the results are to be seen, so are the weights: that they are not right is the run's. */
static int load_network(void *context, struct bm_net *net, struct bm_err *err)
{
    const struct bm_job *job = context;
    if (bm_weights_check(job->results, err) != 0)
        return -1;
    if (bm_weights_load(job->results, &job->id, net, err) == 0)
        return 0;
    if (err->code == BM_EXIT_IO)
        err->code = BM_EXIT_DATA;
    return -1;
}

static int reprobe(struct bm_job *job, struct bm_result *result, struct bm_err *err)
{
    struct reprobing reprobing = {.job = job};
    const struct bm_trained trained = {job->epochs_done, job->data_digest, job, load_network};
    const struct bm_train_sink sink = {.context = &reprobing, .evaluation = take_found};
    bm_frame_add_probes(&reprobing.frame, &job->id, &job->config);
    bm_signals_note();
    int status = bm_reprobe(&job->config, &job->launch, job->sealed ? &job->seal : NULL, &trained,
                            &sink, err);
    if (status == 0 && write_record(&reprobing.frame) != 0)
        status = bm_fail(err, BM_EXIT_IO, "what was found could not be handed on");
    if (status == 0)
        result->status = BM_STATUS_DONE;
    bm_bytes_fini(&reprobing.frame);
    return status;
}

/* Largest resident size in bytes; 0 where the system does not tell. */
static int64_t peak_memory(void)
{
    FILE *file = fopen("/proc/self/status", "re");
    if (file == NULL)
        return 0;
    char line[256];
    long long kilobytes = 0;
    while (fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "VmHWM: %lld kB", &kilobytes) == 1)
            break;
    fclose(file);
    return (int64_t)kilobytes * 1024;
}

int bm_trainer_main(const char *parent)
{
    if (is_orphan(parent))
        return BM_EXIT_AGAIN;
    prctl(PR_SET_NAME, "bm-trainer"); /* else ps shows "exe" */
    struct bm_err err = {0};
    struct bm_job job;
    int error = bm_beat_share(BM_TRAINER_BEATS);
    if (error != 0)
        bm_fail(&err, BM_EXIT_IO, "the counter of progress cannot be shared: %s", strerror(error));
    if (error != 0 || read_job(&job, &err) != 0) {
        fprintf(stderr, "%s\n", err.text);
        return (int)err.code;
    }
    bm_beat();
    struct bm_result result;
    bm_table_init(&bm_result_table, &result);
    if ((job.reprobes ? reprobe : train)(&job, &result, &err) != 0) {
        if (err.code == BM_EXIT_AGAIN)
            return BM_EXIT_AGAIN; /* as its parent, or somebody else, asked */
        fprintf(stderr, "%s\n", err.text);
        bm_table_init(&bm_result_table, &result);
        result.status = BM_STATUS_ERROR;
        snprintf(result.cause, sizeof result.cause, "%s", err.text);
    }
    if (result.isa[0] == '\0')
        snprintf(result.isa, sizeof result.isa, "%s", bm_isa());
    snprintf(result.conv, sizeof result.conv, "%s", bm_conv_words[job.launch.conv]);
    snprintf(result.blas_kernel, sizeof result.blas_kernel, "%s", bm_blas_kernel());
    result.peak_memory = peak_memory();
    struct bm_bytes frame = {0};
    bm_frame_add_result(&frame, &job.id, &result);
    if (write_record(&frame) != 0)
        err.code = BM_EXIT_IO;
    bm_bytes_fini(&frame);
    return is_unsaved ? BM_TRAINER_UNSAVED : (int)err.code;
}
