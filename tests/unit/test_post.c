/* Numbered messages, over a link that repeats, delays and loses them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "loop.h"
#include "run/post.h"

enum { RANKS = 4, MESSAGES = 2000 };

/* What rank 0 got from the others, who send numbers from 0 on. */
struct got {
    struct loop loop;
    struct bm_link links[RANKS], posted[RANKS];
    struct bm_post posts[RANKS];
    uint32_t next[RANKS]; /* behind the last number that came */
    size_t n[RANKS], missing[RANKS];
};

static void begin(struct got *got, double lost, double repeated, double late)
{
    *got = (struct got){
        .loop = {
            .ranks = RANKS, .lost = lost, .repeated = repeated, .late = late, .longest_delay = 40}};
    for (int rank = 0; rank < RANKS; rank++) {
        got->links[rank] = loop_link(&got->loop, rank);
        got->posted[rank] = bm_post_init(&got->posts[rank], &got->links[rank]);
    }
}

static void end(struct got *got)
{
    for (int rank = 0; rank < RANKS; rank++)
        bm_post_fini(&got->posts[rank]);
    loop_fini(&got->loop);
}

static void take(struct got *got)
{
    struct bm_bytes message = {0};
    int from;
    while (got->posted[0].poll(got->posted[0].context, &from, &message)) {
        uint32_t number;
        if (message.data[0] == BM_MESSAGE_MISSING) {
            got->missing[from]++;
            continue;
        }
        assert_int_equal(message.data[0], BM_MESSAGE_FRAME);
        assert_int_equal(message.size, 1 + sizeof number);
        memcpy(&number, message.data + 1, sizeof number);
        assert_true(number >= got->next[from]); /* in order, and none twice */
        got->next[from] = number + 1;
        got->n[from]++;
    }
    bm_bytes_fini(&message);
}

static void send_all(struct got *got)
{
    for (uint32_t i = 0; i < MESSAGES; i++) {
        for (int rank = 1; rank < RANKS; rank++)
            bm_message_send(&got->posted[rank], 0, BM_MESSAGE_FRAME, &i, sizeof i);
        if (i % 3 == 0)
            take(got);
    }
    for (int i = 0; i < 100; i++)
        take(got);
}

static void each_arrives_once_and_in_order(void **state)
{
    (void)state;
    struct got got;
    begin(&got, 0, 0.2, 0.3);
    send_all(&got);
    for (int rank = 1; rank < RANKS; rank++) {
        assert_int_equal(got.n[rank], MESSAGES);
        assert_int_equal(got.missing[rank], 0);
    }
    end(&got);
}

static void what_is_lost_is_told(void **state)
{
    (void)state;
    struct got got;
    begin(&got, 0.05, 0.1, 0);
    got.posts[0].patience = -1;
    send_all(&got);
    for (int rank = 1; rank < RANKS; rank++) {
        size_t gone = got.next[rank] - got.n[rank];
        assert_in_range(gone, MESSAGES / 40, MESSAGES / 10);
        assert_in_range(got.missing[rank], 1, gone); /* once for some that are lost in a row */
        assert_true(got.missing[rank] > gone / 2);
    }
    end(&got);
}

static void what_is_late_is_waited_for(void **state)
{
    (void)state;
    struct got got;
    begin(&got, 1, 0, 0);
    uint32_t i = 0;
    bm_message_send(&got.posted[1], 0, BM_MESSAGE_FRAME, &i, sizeof i);
    got.loop.lost = 0;
    i++;
    bm_message_send(&got.posted[1], 0, BM_MESSAGE_FRAME, &i, sizeof i);
    take(&got);
    assert_int_equal(got.n[1] + got.missing[1], 0);
    got.posts[0].boxes[1].waits_since -= 11;
    take(&got);
    assert_int_equal(got.missing[1], 1);
    assert_int_equal(got.n[1], 1);
    end(&got);
}

static void what_has_no_number_is_told(void **state)
{
    (void)state;
    struct got got;
    begin(&got, 0, 0, 0);
    for (size_t size = 0; size <= 4; size++) {
        got.links[1].send(got.links[1].context, 0, "\1\0\0\0", size);
        take(&got);
        assert_int_equal(got.missing[1], size + 1);
    }
    assert_int_equal(got.n[1], 0);
    end(&got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_arrives_once_and_in_order),
        cmocka_unit_test(what_is_lost_is_told),
        cmocka_unit_test(what_is_late_is_waited_for),
        cmocka_unit_test(what_has_no_number_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
