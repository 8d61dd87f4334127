/* A rank other than 0, whose rank 0 is the test. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "bm/clock.h"
#include "loop.h"
#include "run/signals.h"
#include "run/worker.h"

struct office {
    struct loop loop;
    struct bm_link link, master;
    struct bm_worker worker;
    struct bm_bytes message; /* the last that came to rank 0 */
};

static void open_office(struct office *office)
{
    *office = (struct office){.loop = {.ranks = 3}};
    office->master = loop_link(&office->loop, 0);
    office->link = loop_link(&office->loop, 2);
    bm_worker_init(&office->worker, &office->link);
}

static void close_office(struct office *office)
{
    bm_worker_fini(&office->worker);
    bm_bytes_fini(&office->message);
    loop_fini(&office->loop);
}

static void say(struct office *office, enum bm_message kind)
{
    bm_message_send(&office->master, 2, kind, NULL, 0);
}

static void say_stop(struct office *office, int number)
{
    const unsigned char body = (unsigned char)number;
    bm_message_send(&office->master, 2, BM_MESSAGE_STOP, &body, 1);
}

static void hand_out(struct office *office, int64_t epochs)
{
    struct bm_job job = {.id = {{0xab, 0xcd}}, .results = "results.h5"};
    struct bm_bytes frame = {0};
    bm_table_init(&bm_config_table, &job.config);
    bm_table_init(&bm_launch_table, &job.launch);
    job.config.epochs = epochs;
    bm_frame_add_job(&frame, &job);
    bm_message_send(&office->master, 2, BM_MESSAGE_JOB, frame.data, frame.size);
    bm_bytes_fini(&frame);
}

static bool came(struct office *office)
{
    int from;
    if (!loop_poll(office->master.context, &from, &office->message))
        return false;
    assert_int_equal(from, 2);
    return true;
}

/* The next message, which has to come. */
static enum bm_message next(struct office *office)
{
    double since = bm_seconds();
    while (!came(office)) {
        assert_true(bm_worker_turn(&office->worker));
        assert_true(bm_seconds() - since < 20);
    }
    return office->message.data[0];
}

/* The next message is a frame of this kind; it is decoded. */
static void next_frame(struct office *office, enum bm_frame_kind kind, struct bm_frame *frame)
{
    struct bm_schemas schemas;
    assert_int_equal(next(office), BM_MESSAGE_FRAME);
    bm_schemas_init(&schemas);
    assert_int_equal(
        bm_frame_decode(office->message.data + 1, office->message.size - 1, &schemas, frame, NULL),
        0);
    assert_int_equal(frame->kind, kind);
    assert_int_equal(frame->id.bytes[1], 0xcd);
}

static void trains_what_it_gets(void **state)
{
    (void)state;
    struct office office;
    struct bm_frame frame;
    open_office(&office);
    for (int64_t epochs = 20; epochs <= 30; epochs += 10) {
        hand_out(&office, epochs);
        next_frame(&office, BM_FRAME_EVALUATION, &frame);
        next_frame(&office, BM_FRAME_PROGRESS, &frame);
        next_frame(&office, BM_FRAME_EVALUATION, &frame);
        assert_int_equal(frame.measured[0].evaluation.epoch, epochs);
        next_frame(&office, BM_FRAME_RESULT, &frame);
        assert_int_equal(frame.result.status, BM_STATUS_DONE);
        assert_int_equal(frame.result.rank, 2);
    }
    close_office(&office);
}

static void tells_of_a_crash(void **state)
{
    (void)state;
    struct office office;
    struct bm_frame frame;
    open_office(&office);
    hand_out(&office, LOOP_CRASHES);
    next_frame(&office, BM_FRAME_EVALUATION, &frame);
    next_frame(&office, BM_FRAME_PROGRESS, &frame);
    next_frame(&office, BM_FRAME_LOG, &frame);
    assert_int_equal(strncmp(frame.text, "it hurts\n", frame.text_size), 0);
    next_frame(&office, BM_FRAME_RESULT, &frame);
    assert_int_equal(frame.result.status, BM_STATUS_CRASHED);
    close_office(&office);
}

/* While its trainer works, rank 0 hears of it, and only then. */
static void tells_of_progress(void **state)
{
    (void)state;
    struct office office;
    struct bm_frame frame;
    open_office(&office);
    hand_out(&office, LOOP_WORKS);
    next_frame(&office, BM_FRAME_EVALUATION, &frame);
    next_frame(&office, BM_FRAME_PROGRESS, &frame);
    int beats = 0;
    for (enum bm_message kind = BM_MESSAGE_BEAT;
         kind != BM_MESSAGE_FRAME || office.message.data[1] != BM_FRAME_RESULT;
         kind = next(&office))
        beats += kind == BM_MESSAGE_BEAT;
    assert_in_range(beats - 1, 2, 5); /* in two seconds */
    hand_out(&office, LOOP_HANGS);
    next_frame(&office, BM_FRAME_EVALUATION, &frame);
    next_frame(&office, BM_FRAME_PROGRESS, &frame);
    for (double since = bm_seconds(); bm_seconds() - since < 1.5;)
        bm_worker_turn(&office.worker);
    assert_false(came(&office));
    close_office(&office);
}

static void tells_of_what_cannot_be_written(void **state)
{
    (void)state;
    struct office office;
    struct bm_frame frame;
    open_office(&office);
    hand_out(&office, LOOP_HAS_NO_ROOM);
    next_frame(&office, BM_FRAME_EVALUATION, &frame);
    next_frame(&office, BM_FRAME_PROGRESS, &frame);
    assert_int_equal(next(&office), BM_MESSAGE_UNSAVED); /* in place of a result */
    bm_bytes_add_u8(&office.message, 0);
    assert_string_equal((char *)office.message.data + 1, "cannot write x: No space left on device");
    hand_out(&office, LOOP_CRASHES); /* the slot is free */
    next_frame(&office, BM_FRAME_EVALUATION, &frame);
    close_office(&office);
}

static void assert_lost(struct office *office, const char *sentence)
{
    assert_int_equal(next(office), BM_MESSAGE_LOST);
    bm_bytes_add_u8(&office->message, 0);
    assert_non_null(strstr((const char *)office->message.data + 1, sentence));
}

static void gives_back_what_it_cannot_start(void **state)
{
    (void)state;
    struct office office;
    open_office(&office);
    office.worker.crew.program = "/nowhere/program";
    hand_out(&office, 20);
    assert_lost(&office, "a trainer process cannot be started");
    bm_message_send(&office.master, 2, BM_MESSAGE_JOB, "nonsense", 8);
    assert_lost(&office, "frame");
    close_office(&office);
}

/* A trainer that was stopped by somebody else may go on at once. */
static void gives_back_what_was_stopped(void **state)
{
    (void)state;
    struct office office;
    struct bm_frame frame;
    open_office(&office);
    hand_out(&office, LOOP_IS_STOPPED);
    next_frame(&office, BM_FRAME_EVALUATION, &frame);
    next_frame(&office, BM_FRAME_PROGRESS, &frame);
    assert_int_equal(next(&office), BM_MESSAGE_RETURNED);
    hand_out(&office, 20);
    next_frame(&office, BM_FRAME_EVALUATION, &frame);
    close_office(&office);
}

/* Trainers have time to save their state, and who needs none is not waited for. */
static void waits_for_trainers_that_save(void **state)
{
    (void)state;
    struct office office;
    struct bm_frame frame;
    open_office(&office);
    hand_out(&office, LOOP_SAVES);
    next_frame(&office, BM_FRAME_EVALUATION, &frame);
    next_frame(&office, BM_FRAME_PROGRESS, &frame);
    double since = bm_seconds();
    say_stop(&office, SIGUSR1);
    next_frame(&office, BM_FRAME_EVALUATION, &frame); /* it has come to its end */
    assert_int_equal(next(&office), BM_MESSAGE_BYE);
    assert_true(bm_seconds() - since < bm_signals_grace(SIGUSR1) / 2);
    close_office(&office);
}

static void stops_and_says_goodbye(void **state)
{
    (void)state;
    struct office office;
    struct bm_frame frame;
    open_office(&office);
    hand_out(&office, LOOP_HANGS);
    next_frame(&office, BM_FRAME_EVALUATION, &frame);
    next_frame(&office, BM_FRAME_PROGRESS, &frame);
    say_stop(&office, SIGTERM);
    hand_out(&office, 20); /* too late */
    assert_int_equal(next(&office), BM_MESSAGE_BYE);
    assert_int_equal(office.worker.crew.trainers[0].pid, 0);
    for (int i = 0; i < 5; i++)
        assert_true(bm_worker_turn(&office.worker));
    assert_false(came(&office)); /* the run is unfinished, not failed */
    say(&office, BM_MESSAGE_BYE);
    assert_false(bm_worker_turn(&office.worker));
    close_office(&office);
}

/* The last: a signal is never forgotten. */
static void a_signal_ends_it_all(void **state)
{
    (void)state;
    struct office office;
    struct bm_frame frame;
    open_office(&office);
    assert_int_equal(bm_signals_init(NULL), 0);
    hand_out(&office, LOOP_HANGS);
    next_frame(&office, BM_FRAME_EVALUATION, &frame);
    next_frame(&office, BM_FRAME_PROGRESS, &frame);
    raise(SIGTERM);
    assert_int_equal(next(&office), BM_MESSAGE_SIGNAL);
    assert_int_equal(office.message.data[1], SIGTERM);
    hand_out(&office, 20);
    say_stop(&office, SIGTERM);
    assert_int_equal(next(&office), BM_MESSAGE_BYE); /* and the signal once only */
    assert_int_equal(office.worker.crew.trainers[0].pid, 0);
    close_office(&office);
}

int main(int argc, char **argv)
{
    if (loop_is_trainer(argc, argv))
        return loop_train();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trains_what_it_gets),
        cmocka_unit_test(tells_of_a_crash),
        cmocka_unit_test(tells_of_progress),
        cmocka_unit_test(tells_of_what_cannot_be_written),
        cmocka_unit_test(gives_back_what_it_cannot_start),
        cmocka_unit_test(gives_back_what_was_stopped),
        cmocka_unit_test(waits_for_trainers_that_save),
        cmocka_unit_test(stops_and_says_goodbye),
        cmocka_unit_test(a_signal_ends_it_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
