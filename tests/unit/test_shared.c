/* A results file of several jobs: who writes where, and that nothing is lost whoever goes when. */
#include "store.h"

#include "bm/claim.h"
#include "bm/lock.h"
#include "io/store_state.h"

static struct bm_store *join(void)
{
    struct bm_err err = {0};
    struct bm_store *store;
    if (bm_store_join(path, "sample", 1000, tell, &store, &err) != 0)
        fail_msg("%s", err.text);
    return store;
}

static size_t n_heard;
static void count(void *context, const struct bm_run *run)
{
    (void)context;
    n_heard += run->finished;
}

static size_t follow(struct bm_store *store)
{
    n_heard = 0;
    size_t n = bm_store_follow(store, count, NULL);
    assert_int_equal(n, n_heard);
    return n;
}

static void leave(struct bm_store *store)
{
    struct bm_err err = {0};
    if (bm_store_fold(store, &err) != 0)
        fail_msg("%s", err.text);
    bm_store_close(store);
}

static void shard_of(const struct bm_store *store, char name[300])
{
    snprintf(name, 300, "%s.d/shards/%s", path, store->shared.job.name);
}

/* All files but journal, snapshot, sum and lock are gone. */
static void assert_tidy(void)
{
    static const char *const folders[] = {"shards", "jobs", "claims"};
    char name[300];
    for (size_t i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "%s.d/%s", path, folders[i]);
        assert_false(is_there(name));
    }
}

static void what_a_guest_finishes_is_kept(void **state)
{
    (void)state;
    char shard[300];
    struct bm_store *keeper = join(), *guest = join();
    assert_false(keeper->shared.is_guest);
    assert_true(guest->shared.is_guest);
    append_runs(keeper, 0, 1);
    append_runs(guest, 1, 3);
    size_t before = size_of(journal);
    assert_int_equal(follow(guest), 1);
    assert_int_equal(follow(guest), 0);
    assert_int_equal(follow(keeper), 2);
    assert_int_equal(follow(keeper), 0);
    shard_of(guest, shard);
    assert_int_equal(keeper->shared.shards[0].at, size_of(shard)); /* each record once */
    assert_true(size_of(journal) > before);
    assert_int_equal(count_finished(bm_store_results(guest)), 3);
    assert_int_equal(count_finished(bm_store_results(keeper)), 3);
    assert_int_equal(bm_store_snapshot(guest, NULL), 0); /* which is not its to write */
    assert_false(is_there(path));
    assert_int_equal(sample_run(3, false, sample_append, guest), 0); /* it does not end */
    assert_int_equal(bm_store_sync(guest, NULL), 0);
    leave(guest);
    assert_true(is_there(shard));
    leave(keeper); /* takes it in */
    assert_tidy();
    struct bm_store *store = open_store();
    assert_int_equal(count_finished(bm_store_results(store)), 3);
    assert_int_equal(bm_store_results(store)->n_runs, 4);
    bm_store_close(store);
}

static void the_last_guest_takes_all_in(void **state)
{
    (void)state;
    char shard[300], made[300];
    struct bm_store *keeper = join(), *first = join(), *second = join();
    append_runs(keeper, 0, 1);
    snprintf(made, sizeof made, "%s.d/shards/.%s.new", path, second->shared.job.name);
    write_file(made, "", 0); /* as when it is just made */
    append_runs(first, 1, 2);
    append_runs(second, 2, 5);
    shard_of(second, shard);
    leave(keeper);
    assert_true(is_there(shard));           /* of one that lives */
    assert_int_equal(finished_peeked(), 5); /* wherever they are */
    leave(first);                           /* has kept, for a moment */
    assert_int_equal(finished_peeked(), 5);
    assert_int_equal(unlink(made), 0); /* of one that lives, too */
    leave(second);
    assert_tidy();
    assert_int_equal(finished_now(), 5);
}

static void a_guest_that_died_is_taken_in(void **state)
{
    (void)state;
    struct bm_store *keeper = join(), *guest = join();
    append_runs(guest, 0, 2);
    char unmade[300];
    snprintf(unmade, sizeof unmade, "%s.d/shards/.0123456789abcdef.new", path);
    write_file(unmade, "", 0); /* of one that died before it was made */
    bm_store_close(guest);     /* without a word: its shard stays */
    append_runs(keeper, 2, 3);
    bm_store_close(keeper);
    assert_int_equal(finished_peeked(), 3);
    struct bm_store *next = join();
    assert_int_equal(count_finished(bm_store_results(next)), 3);
    assert_says(told, "what 1 job left was taken in");
    leave(next);
    assert_tidy();
    assert_int_equal(finished_now(), 3);
}

static size_t count_interrupted(const struct bm_results *results)
{
    size_t n = 0;
    for (size_t i = 0; i < results->n_runs; i++)
        n += results->runs[i].result.status == BM_STATUS_INTERRUPTED;
    return n;
}

/* Both, for whoever drops what was interrupted: that of the guest is taken in later. */
static void what_dead_jobs_ran_is_interrupted(void **state)
{
    (void)state;
    struct bm_store *keeper = join(), *guest = join();
    assert_int_equal(sample_run(0, false, sample_append, keeper), 0);
    assert_int_equal(sample_run(1, false, sample_append, guest), 0);
    assert_int_equal(bm_store_sync(keeper, NULL) | bm_store_sync(guest, NULL), 0);
    bm_store_close(guest);
    bm_store_close(keeper);
    struct bm_store *store = open_store();
    assert_int_equal(count_interrupted(bm_store_results(store)), 2);
    bm_store_close(store);
}

/* A network file system shows a new length before its bytes, or a part of them: that is "not yet",
 * and nobody but the owner cuts it. */
static void a_torn_end_is_not_yet(void **state)
{
    (void)state;
    char shard[300];
    unsigned char *whole;
    size_t size;
    struct bm_store *keeper = join(), *guest = join();
    shard_of(guest, shard);
    size_t before = size_of(shard);
    append_runs(guest, 0, 1);
    read_file(shard, &whole, &size);
    for (int zeros = 0; zeros < 2; zeros++) {
        unsigned char *torn = malloc(size);
        for (size_t end = before; end < size - SYNC_POINT; end += 97) {
            memcpy(torn, whole, size);
            if (zeros)
                memset(torn + end, 0, size - end);
            if (zeros && memcmp(torn, whole, size - SYNC_POINT) == 0)
                continue; /* it ends with zeros */
            int file = open(shard, O_WRONLY);
            assert_true(pwrite(file, torn, size, 0) == (ssize_t)size);
            assert_int_equal(ftruncate(file, (off_t)(zeros ? size : end)), 0);
            close(file);
            assert_int_equal(follow(keeper), 0);
            assert_int_equal(size_of(shard), zeros ? size : end);
            assert_int_equal(bm_store_is_behind(keeper),
                             size_of(shard) > keeper->shared.shards[0].at);
        }
        free(torn);
    }
    assert_true(bm_store_is_behind(keeper)); /* a run may be done */
    keeper->shared.shards[0].torn_since -= 10;
    follow(keeper);
    assert_false(bm_store_is_behind(keeper)); /* it was left so */
    assert_int_equal(truncate(shard, (off_t)size + 100), 0);
    follow(keeper);
    assert_true(bm_store_is_behind(keeper)); /* whoever made it longer lives */
    assert_int_equal(truncate(shard, (off_t)size), 0);
    int file = open(shard, O_WRONLY);
    assert_true(pwrite(file, whole, size, 0) == (ssize_t)size);
    close(file);
    assert_int_equal(follow(keeper), 1);
    assert_false(bm_store_is_behind(keeper));
    append_runs(guest, 1, 2);
    assert_int_equal(follow(keeper), 1);
    free(whole);
    leave(guest);
    leave(keeper);
    assert_int_equal(finished_now(), 2);
}

/* A disk lost what was whole: what comes behind it does not mend it, and nobody waits for that. */
static void damage_is_not_waited_for(void **state)
{
    (void)state;
    char shard[300];
    struct bm_store *keeper = join(), *guest = join();
    shard_of(guest, shard);
    size_t before = size_of(shard);
    append_runs(guest, 0, 1);
    int file = open(shard, O_WRONLY);
    assert_true(pwrite(file, "damage", 6, (off_t)before) == 6);
    close(file);
    follow(keeper);
    assert_true(bm_store_is_behind(keeper));
    keeper->shared.shards[0].torn_since -= 10;
    append_runs(guest, 1, 2);
    follow(keeper);
    assert_false(bm_store_is_behind(keeper));
    bm_store_close(guest);
    bm_store_close(keeper);
}

static void a_guest_taken_for_dead_comes_back(void **state)
{
    (void)state;
    char shard[300];
    struct bm_store *keeper = join(), *guest = join();
    append_runs(guest, 0, 1);
    shard_of(guest, shard);
    assert_int_equal(follow(keeper), 1);
    assert_int_equal(unlink(shard), 0); /* as who takes it in does */
    append_runs(guest, 1, 2);
    assert_true(is_there(shard));
    assert_int_equal(follow(keeper), 1);
    leave(guest);
    leave(keeper);
    assert_tidy();
    assert_int_equal(finished_now(), 2);
}

/* Another one keeps by now, and has written the journal anew: what was acknowledged since is in a
 * shard, and nobody writes where another one may. */
static void a_keeper_taken_for_dead_comes_back(void **state)
{
    (void)state;
    char claim[300];
    struct bm_store *keeper = join();
    append_runs(keeper, 0, 2);
    snprintf(claim, sizeof claim, "%s.d/claims/keeper", path);
    assert_int_equal(unlink(claim), 0);
    write_file(claim, "0123456789abcdef\n", 17);
    unsigned char *data;
    size_t size;
    read_file(journal, &data, &size);
    write_file(journal, data, size); /* another file */
    append_runs(keeper, 2, 4);
    assert_true(keeper->shared.is_guest);
    assert_true(file_is(journal, data, size));
    free(data);
    assert_int_equal(finished_peeked(), 4);
    assert_int_equal(unlink(claim), 0);
    leave(keeper);
    assert_tidy();
    assert_int_equal(finished_now(), 4);
}

/* All of it is taken away: that is an error, and nothing is made anew in its place. */
static void a_folder_that_goes_is_noticed(void **state)
{
    (void)state;
    struct bm_store *keeper = join(), *guest = join();
    char parts[160], gone[170];
    struct bm_err err = {0};
    append_runs(guest, 0, 1);
    append_runs(keeper, 1, 2);
    snprintf(parts, sizeof parts, "%s.d", path);
    snprintf(gone, sizeof gone, "%s.gone", path);
    assert_int_equal(rename(parts, gone), 0);
    assert_int_equal(sample_run(2, true, sample_append, guest), 0);
    assert_int_equal(bm_store_sync(guest, &err), -1);
    assert_says(err.text, "was removed or replaced while it was in use");
    assert_false(is_there(parts));
    bm_store_close(guest);
    bm_store_close(keeper);
}

static void a_silent_keepers_journal_is_written_anew(void **state)
{
    (void)state;
    struct bm_store *keeper = join();
    struct stat before, now;
    append_runs(keeper, 0, 2);
    assert_int_equal(bm_store_snapshot(keeper, NULL), 0);
    assert_int_equal(stat(journal, &before), 0);
    bm_lock_release(keeper->lock); /* that of another system would not hold here */
    keeper->lock = BM_NO_LOCK;
    char claim[300];
    snprintf(claim, sizeof claim, "%s.d/claims/keeper", path);
    assert_int_equal(unlink(claim), 0);
    write_file(claim, "nobody", 6);
    struct bm_err err = {0};
    struct bm_store *guest;
    assert_int_equal(bm_store_join(path, "sample", 0.3, tell, &guest, &err), 0);
    assert_true(guest->shared.is_guest);
    append_runs(guest, 2, 3);
    for (int i = 0; i < 5; i++) {
        follow(guest);
        usleep(100000);
    }
    leave(guest); /* keeps now */
    assert_int_equal(stat(journal, &now), 0);
    assert_int_not_equal(now.st_ino, before.st_ino);
    append_runs(keeper, 3, 4);
    leave(keeper);
    assert_int_equal(finished_now(), 4);
}

/* The same where who took over had no room for it, and is gone. */
static void a_keeper_that_may_live_is_not_joined_in_its_journal(void **state)
{
    (void)state;
    struct bm_store *keeper = join();
    struct stat before, now;
    char claim[300];
    append_runs(keeper, 0, 2);
    assert_int_equal(stat(journal, &before), 0);
    bm_lock_release(keeper->lock); /* that of another system would not hold here */
    keeper->lock = BM_NO_LOCK;
    snprintf(claim, sizeof claim, "%s.d/claims/keeper", path);
    assert_int_equal(unlink(claim), 0); /* as whoever took over and failed gave it back */
    struct bm_store *next = join();
    assert_false(next->shared.is_guest);
    assert_int_equal(stat(journal, &now), 0);
    assert_int_not_equal(now.st_ino, before.st_ino);
    append_runs(next, 2, 3);
    append_runs(keeper, 3, 4);
    append_runs(next, 4, 5);
    leave(keeper);
    leave(next);
    assert_int_equal(finished_now(), 5);
}

/* What a guest has read when it joins is not read again; a run that was not finished then may be
 * later, with all that it had before. */
static void a_guest_goes_on_where_it_has_read(void **state)
{
    (void)state;
    struct bm_store *keeper = join();
    append_runs(keeper, 0, 2);
    assert_int_equal(sample_run(2, false, sample_append, keeper), 0);
    assert_int_equal(bm_store_sync(keeper, NULL), 0);
    struct bm_store *guest = join();
    assert_int_equal(guest->shared.n_shards, 1);
    assert_int_equal(guest->shared.shards[0].at, size_of(journal));
    assert_int_equal(guest->shared.shards[0].results.n_runs, 1);
    assert_int_equal(count_finished(bm_store_results(guest)), 2);
    struct bm_config config;
    struct bm_id id;
    struct bm_result result;
    struct bm_bytes frame = {0};
    sample_config(2, &config, &id);
    sample_result(2, &result);
    bm_frame_add_result(&frame, &id, &result);
    assert_int_equal(sample_append(keeper, &frame), 0);
    assert_int_equal(bm_store_sync(keeper, NULL), 0);
    bm_bytes_fini(&frame);
    assert_int_equal(follow(guest), 1);
    const struct bm_run *run = bm_results_find(bm_store_results(guest), &id);
    assert_true(run->finished);
    assert_int_equal(run->n_evaluations, SAMPLE_EVALUATIONS);
    append_runs(keeper, 3, 4);
    assert_int_equal(follow(guest), 1);
    leave(guest);
    leave(keeper);
    assert_int_equal(finished_now(), 4);
}

/* Nobody may want to know why. */
static void a_guest_that_cannot_join_says_so_or_not(void **state)
{
    (void)state;
    char away[200];
    struct bm_err err = {0};
    struct bm_store *keeper = join(), *guest;
    append_runs(keeper, 0, 1);
    assert_int_equal(bm_store_snapshot(keeper, NULL), 0);
    snprintf(away, sizeof away, "%s.away", journal);
    assert_int_equal(rename(journal, away), 0);
    assert_int_equal(mkdir(journal, 0777), 0);
    assert_int_equal(bm_store_join(path, "sample", 1000, NULL, &guest, NULL), -1);
    assert_int_equal(bm_store_join(path, "sample", 1000, NULL, &guest, &err), -1);
    assert_says(err.text, "is a folder, not a file");
    assert_int_equal(rmdir(journal), 0);
    assert_int_equal(rename(away, journal), 0);
    leave(keeper);
    assert_tidy();
    assert_int_equal(finished_now(), 1);
}

/* Stands before the C library's: what a job does just before its shard is taken away. */
static struct bm_store *woken;
int rename(const char *from, const char *to)
{
    struct bm_store *store = woken;
    if (store != NULL && strstr(from, store->shared.job.name) != NULL) {
        woken = NULL;
        append_runs(store, 1, 2);
    }
    return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

/* A job that was silent writes on in a shard that was just read. */
static void what_comes_at_the_last_moment_is_taken_in(void **state)
{
    (void)state;
    struct bm_store *keeper = join(), *guest = join();
    append_runs(guest, 0, 1);
    assert_int_equal(unlink(guest->shared.job_file.path),
                     0); /* so it is taken for one that ended */
    woken = guest;
    keeper->shared.next_watch = 0;
    follow(keeper);
    assert_null(woken);
    bm_store_close(guest);
    assert_int_equal(count_finished(bm_store_results(keeper)), 2);
    leave(keeper);
    assert_int_equal(finished_now(), 2);
}

/* Else whoever looks in between misses what is in it. */
static void a_shard_stays_until_the_snapshot_has_it(void **state)
{
    (void)state;
    char shard[300], temporary[BM_PATH_SIZE];
    struct bm_store *keeper = join(), *guest = join();
    append_runs(guest, 0, 2);
    shard_of(guest, shard);
    bm_store_close(guest);
    bm_store_close(keeper);
    bm_file_temporary(path, temporary);
    assert_int_equal(mkdir(temporary, 0777), 0); /* in the way of a snapshot */
    struct bm_store *next = join();
    assert_int_equal(count_finished(bm_store_results(next)), 2);
    assert_true(is_there(shard));
    assert_int_equal(rmdir(temporary), 0);
    leave(next);
    assert_tidy();
    assert_int_equal(finished_now(), 2);
}

/* What is to be read cannot be: that is known, and the next time it is read. */
static void what_cannot_be_read_is_missed(void **state)
{
    (void)state;
    char shard[300], away[310];
    struct bm_store *keeper = join(), *guest = join();
    shard_of(guest, shard);
    snprintf(away, sizeof away, "%s.away", shard);
    append_runs(guest, 0, 1);
    assert_int_equal(rename(shard, away), 0);
    assert_int_equal(mkdir(shard, 0777), 0);
    assert_int_equal(follow(keeper), 0);
    assert_true(bm_store_is_behind(keeper));
    assert_int_equal(rmdir(shard), 0);
    assert_int_equal(rename(away, shard), 0);
    assert_int_equal(follow(keeper), 1);
    assert_false(bm_store_is_behind(keeper));
    leave(guest);
    leave(keeper);
    assert_int_equal(finished_now(), 1);
}

/* Nobody knows yet whether who keeps is alive: then somebody has to wait, and it is the first of
 * those that live. */
static void who_is_first_waits_for_a_silent_keeper(void **state)
{
    (void)state;
    char claim[300];
    struct bm_store *keeper = join(), *first = join(), *second = join();
    if (strcmp(first->shared.job.name, second->shared.job.name) > 0) {
        struct bm_store *other = first;
        first = second;
        second = other;
    }
    assert_false(bm_store_is_orphaned(keeper));
    assert_true(bm_store_is_orphaned(first) && bm_store_is_orphaned(second));
    assert_int_equal(bm_job_file_write(&first->shared.job_file, &first->shared.job, NULL), 0);
    assert_int_equal(bm_job_file_write(&second->shared.job_file, &second->shared.job, NULL), 0);
    assert_true(bm_store_is_orphaned(first));
    assert_false(bm_store_is_orphaned(second));
    assert_int_equal(bm_job_file_write(&keeper->shared.job_file, &keeper->shared.job, NULL), 0);
    assert_false(bm_store_is_orphaned(first));
    snprintf(claim, sizeof claim, "%s.d/claims/keeper", path);
    leave(keeper);
    assert_false(is_there(claim));
    assert_false(bm_store_is_orphaned(first));
    leave(second);
    leave(first);
    assert_tidy();
}

/* Finished runs that bm-results finds; what it is told is in `told`. */
static size_t finished_viewed(void)
{
    struct bm_results results;
    struct bm_err err = {0};
    told[0] = '\0';
    if (bm_store_view(path, tell, &results, &err) != 0)
        fail_msg("%s", err.text);
    size_t n = count_finished(&results);
    bm_results_fini(&results);
    return n;
}

/* What bm-results verify prints. */
static const char *verify(int expected, struct bm_err *err)
{
    static char said[4000];
    char *args[] = {path, NULL};
    FILE *out = fmemopen(said, sizeof said, "w");
    *err = (struct bm_err){0};
    if (bm_command_verify(args, out, err) != expected)
        fail_msg("%s", err->text);
    fclose(out);
    return said;
}

static void overwrite(const char *name, size_t at, const char *text)
{
    int file = open(name, O_WRONLY);
    assert_int_equal(pwrite(file, text, strlen(text), (off_t)at), strlen(text));
    close(file);
}

/* What is just being written is no damage. */
static void verify_counts_shards(void **state)
{
    (void)state;
    char shard[300];
    struct bm_err err;
    struct bm_store *keeper = join(), *guest = join();
    append_runs(keeper, 0, 2);
    shard_of(guest, shard);
    append_runs(guest, 2, 3);
    assert_int_equal(truncate(shard, (off_t)size_of(shard) + 5), 0);
    const char *said = verify(0, &err);
    assert_says(said, "\njournals of further jobs: 1 runs (1 finished), ");
    assert_says(said, "\njournals of further jobs: 1, with ");
    assert_says(said, " bytes; 5 bytes of unfinished records\n");
    assert_says(said, "have more: 1 finished run and 3 evaluations that the journal lacks");
    assert_says(said, ": whole");
    assert_int_equal(finished_viewed(), 3);
    assert_string_equal(told, "");
    leave(guest);
    leave(keeper);
    assert_null(strstr(verify(0, &err), "further jobs"));
}

static void damage_of_a_shard_is_told(void **state)
{
    (void)state;
    char shard[300], where[400];
    struct bm_err err;
    struct bm_store *keeper = join(), *guest = join(), *third = join();
    shard_of(guest, shard);
    append_runs(guest, 0, 1);
    size_t first = size_of(shard);
    append_runs(guest, 1, 3);
    append_runs(third, 3, 4);
    overwrite(shard, first + 40, "!");
    snprintf(where, sizeof where, "%s is damaged at byte %zu: only what is before it", shard,
             first);
    assert_int_equal(finished_viewed(), 2);
    assert_says(told, where);
    assert_says(verify(-1, &err), "bytes that cannot be read\n");
    assert_int_equal(err.code, BM_EXIT_IO);
    assert_says(err.text, where);
    overwrite(shard, 12, "\x09");
    assert_int_equal(finished_viewed(), 1);
    assert_says(told, "warning: ");
    assert_says(told, "journal format version 9");
    verify(-1, &err);
    assert_says(err.text, "journal format version 9");
    bm_store_close(guest);
    bm_store_close(third);
    bm_store_close(keeper);
}

/* Runs on other data are not in one table. */
static void a_shard_of_other_data_is_told(void **state)
{
    (void)state;
    struct bm_bytes frame = {0};
    struct bm_store *keeper = join(), *guest = join();
    bm_frame_add_meta(&frame, "digest.train", "here");
    assert_int_equal(sample_append(keeper, &frame), 0);
    frame.size = 0;
    bm_frame_add_meta(&frame, "digest.train", "there");
    assert_int_equal(sample_append(guest, &frame), 0);
    bm_bytes_fini(&frame);
    append_runs(keeper, 0, 1);
    append_runs(guest, 1, 2);
    assert_int_equal(finished_viewed(), 1);
    assert_says(told, "warning: ");
    assert_says(told, ".d/shards: ");
    bm_store_close(guest);
    bm_store_close(keeper);
}

/* Also where it was kept before, by a job that ended before it was taken in. */
static void check_damaged(bool is_kept_already)
{
    char shard[300], kept[320];
    struct bm_store *keeper = join(), *guest = join();
    shard_of(guest, shard);
    append_runs(guest, 0, 1);
    size_t first = size_of(shard);
    append_runs(guest, 1, 3);
    bm_store_close(guest);
    int file = open(shard, O_WRONLY);
    assert_int_equal(pwrite(file, "!", 1, (off_t)first + 40), 1);
    close(file);
    snprintf(kept, sizeof kept, "%s.damaged", shard);
    if (is_kept_already)
        assert_int_equal(link(shard, kept), 0);
    told[0] = '\0';
    leave(keeper);
    assert_says(told, "is damaged: what is whole of it is taken, and it is kept as");
    assert_true(is_there(kept) && !is_there(shard));
    assert_int_equal(finished_now(), 1);
}

static void a_damaged_shard_is_kept(void **state)
{
    (void)state;
    check_damaged(false);
}

static void a_damaged_shard_is_kept_once_more(void **state)
{
    (void)state;
    check_damaged(true);
}

static void what_ends_at_the_same_moment_is_taken_in(void **state)
{
    (void)state;
    char shard[300];
    struct bm_store *keeper = join(), *guest = join();
    shard_of(guest, shard);
    append_runs(guest, 0, 2);
    assert_int_equal(bm_store_fold(guest, NULL), 0);
    assert_int_equal(bm_store_fold(keeper, NULL), 0);
    bm_store_close(keeper);
    bm_store_fold_rest(path, "sample", 1000);
    assert_true(is_there(shard)); /* its owner lives */
    bm_store_close(guest);
    bm_store_fold_rest(path, "sample", 1000);
    assert_tidy();
    assert_int_equal(finished_now(), 2);
}

static void shards_of_guests_that_come_and_go_are_few(void **state)
{
    (void)state;
    char shard[300];
    struct bm_store *keeper = join();
    for (size_t i = 0; i < 3; i++) {
        struct bm_store *guest = join();
        shard_of(guest, shard);
        append_runs(guest, i, i + 1);
        assert_int_equal(sample_run(i + 1, false, sample_append, guest),
                         0); /* nobody hears of it */
        bm_store_close(guest);
        assert_true(is_there(shard));
        keeper->shared.next_watch = 0;
        assert_int_equal(follow(keeper), 1);
        assert_false(is_there(shard));
    }
    assert_int_equal(count_finished(bm_store_results(keeper)), 3);
    leave(keeper);
    assert_tidy();
}

static void runs_made_twice_are_compared(void **state)
{
    (void)state;
    struct bm_store *keeper = join(), *guest = join();
    append_runs(keeper, 0, 1);
    told[0] = '\0';
    append_runs(guest, 0, 1);
    assert_int_equal(follow(keeper), 0);
    assert_string_equal(told, "");
    struct bm_config config;
    struct bm_id id;
    struct bm_result result;
    struct bm_bytes frame = {0};
    sample_config(0, &config, &id);
    sample_result(0, &result);
    result.fit += 0.5;
    bm_frame_add_begin(&frame, &id, &config);
    assert_int_equal(sample_append(guest, &frame), 0);
    frame.size = 0;
    bm_frame_add_result(&frame, &id, &result);
    assert_int_equal(sample_append(guest, &frame), 0);
    assert_int_equal(bm_store_sync(guest, NULL), 0);
    assert_int_equal(follow(keeper), 0);
    assert_says(told, "was made by two jobs, and does not repeat: fit is ");
    bm_bytes_fini(&frame);
    leave(guest);
    leave(keeper);
}

static void who_wants_it_alone_is_refused(void **state)
{
    (void)state;
    struct bm_store *keeper = join(), *guest = join();
    struct bm_err err = {0};
    struct bm_store *other;
    assert_false(bm_store_is_alone(keeper) || bm_store_is_alone(guest));
    assert_says(refusal(), "is in use by");
    assert_int_equal(bm_store_join(path, "another", 1000, NULL, &other, &err), -1);
    assert_says(err.text, "is in use by another sweep, 'sample'");
    leave(keeper);
    assert_says(refusal(), "is in use by");
    leave(guest);
    keeper = join();
    assert_true(bm_store_is_alone(keeper));
    leave(keeper);
    assert_int_equal(finished_now(), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, new_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        TEST(what_a_guest_finishes_is_kept),
        TEST(the_last_guest_takes_all_in),
        TEST(a_guest_that_died_is_taken_in),
        TEST(what_dead_jobs_ran_is_interrupted),
        TEST(a_torn_end_is_not_yet),
        TEST(damage_is_not_waited_for),
        TEST(a_guest_taken_for_dead_comes_back),
        TEST(a_keeper_taken_for_dead_comes_back),
        TEST(a_folder_that_goes_is_noticed),
        TEST(a_silent_keepers_journal_is_written_anew),
        TEST(a_keeper_that_may_live_is_not_joined_in_its_journal),
        TEST(a_guest_goes_on_where_it_has_read),
        TEST(a_guest_that_cannot_join_says_so_or_not),
        TEST(what_comes_at_the_last_moment_is_taken_in),
        TEST(a_shard_stays_until_the_snapshot_has_it),
        TEST(what_cannot_be_read_is_missed),
        TEST(who_is_first_waits_for_a_silent_keeper),
        TEST(verify_counts_shards),
        TEST(damage_of_a_shard_is_told),
        TEST(a_shard_of_other_data_is_told),
        TEST(a_damaged_shard_is_kept),
        TEST(a_damaged_shard_is_kept_once_more),
        TEST(what_ends_at_the_same_moment_is_taken_in),
        TEST(shards_of_guests_that_come_and_go_are_few),
        TEST(runs_made_twice_are_compared),
        TEST(who_wants_it_alone_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
