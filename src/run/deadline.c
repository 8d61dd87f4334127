#include "deadline.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "say.h"

/* ---- what it allows ---- */

double bm_deadline_left(const struct bm_deadline *deadline, double now)
{
    const double most = 30, part = 0.1;
    if (!isfinite(deadline->at))
        return INFINITY;
    return deadline->at - fmin(most, part * (deadline->at - deadline->began)) - now;
}

bool bm_deadline_allows(const struct bm_deadline *deadline, double now, double needed)
{
    double left = bm_deadline_left(deadline, now);
    return left > 0 && !(needed > left);
}

/* Batch systems warn minutes before the end. */
bool bm_deadline_had_most(const struct bm_deadline *deadline, double now)
{
    const double warning = 240;
    double had = now - deadline->began, left = deadline->at - now;
    return left <= had || left <= warning;
}

/* ---- how it is written ---- */

/* Two digits and what follows them, or -1. */
static int two_digits(const char **text)
{
    const char *at = *text;
    if (at[0] < '0' || at[0] > '9' || at[1] < '0' || at[1] > '9')
        return -1;
    *text += 2;
    return 10 * (at[0] - '0') + at[1] - '0';
}

/* "HH:MM" or "HH:MM:SS", to its end. */
static bool parse_clock(const char *text, struct tm *time)
{
    time->tm_hour = two_digits(&text);
    time->tm_min = *text == ':' ? (text++, two_digits(&text)) : -1;
    time->tm_sec = *text == ':' ? (text++, two_digits(&text)) : 0;
    return *text == '\0' && time->tm_hour >= 0 && time->tm_hour < 24 && time->tm_min >= 0 &&
           time->tm_min < 60 && time->tm_sec >= 0 && time->tm_sec < 60;
}

/* "YYYY-MM-DD", followed by 'T'. */
static const char *parse_date(const char *text, struct tm *time)
{
    int century = two_digits(&text), year = two_digits(&text);
    time->tm_mon = *text == '-' ? (text++, two_digits(&text) - 1) : -1;
    time->tm_mday = *text == '-' ? (text++, two_digits(&text)) : -1;
    time->tm_year = 100 * century + year - 1900;
    return century >= 0 && year >= 0 && time->tm_mon >= 0 && time->tm_mday > 0 && *text == 'T'
               ? text + 1
               : NULL;
}

/* The moment; false: there is none, as when clocks are put forward. Of two, the first. */
static bool moment_of(const struct tm *wanted, time_t *moment)
{
    struct tm summer = *wanted, winter = *wanted;
    summer.tm_isdst = 1;
    winter.tm_isdst = 0;
    struct tm *const both[] = {&summer, &winter};
    for (int i = 0; i < 2; i++) {
        *moment = mktime(both[i]);
        if (both[i]->tm_hour == wanted->tm_hour && both[i]->tm_min == wanted->tm_min &&
            both[i]->tm_mday == wanted->tm_mday && both[i]->tm_mon == wanted->tm_mon)
            return true;
    }
    return false;
}

static int fail_form(const char *text, struct bm_err *err)
{
    return bm_fail(err, BM_EXIT_USAGE,
                   "--deadline %s: expected +HH:MM from now, HH:MM for the next such time, or "
                   "YYYY-MM-DDTHH:MM",
                   text);
}

static int parse_from_now(const char *text, double *left, struct bm_err *err)
{
    char *end;
    long hours = strtol(text + 1, &end, 10);
    const char *rest = end + 1;
    int minutes = text[1] >= '0' && text[1] <= '9' && *end == ':' ? two_digits(&rest) : -1;
    if (minutes < 0 || minutes > 59 || *rest != '\0' || hours > 100000)
        return fail_form(text, err);
    *left = 3600.0 * (double)hours + 60 * minutes;
    return *left > 0 ? 0 : bm_fail(err, BM_EXIT_USAGE, "--deadline %s: no time is left", text);
}

/* The next one is today or tomorrow. */
static bool next_moment(struct tm *time, time_t now, time_t *moment)
{
    if (moment_of(time, moment) && *moment > now)
        return true;
    bool is_past = *moment <= now && moment_of(time, moment);
    time->tm_mday++;
    struct tm date = *time;
    date.tm_hour = 12;
    date.tm_isdst = -1;
    mktime(&date); /* the last of a month has a next day, too */
    time->tm_mday = date.tm_mday, time->tm_mon = date.tm_mon, time->tm_year = date.tm_year;
    return is_past && moment_of(time, moment);
}

int bm_deadline_parse(const char *text, time_t now, double *left, struct bm_err *err)
{
    struct tm time;
    time_t moment;
    if (text[0] == '+')
        return parse_from_now(text, left, err);
    localtime_r(&now, &time);
    bool has_date = strchr(text, 'T') != NULL;
    const char *clock = has_date ? parse_date(text, &time) : text;
    if (clock == NULL || !parse_clock(clock, &time))
        return fail_form(text, err);
    if (!(has_date ? moment_of(&time, &moment) : next_moment(&time, now, &moment)))
        return bm_fail(err, BM_EXIT_USAGE, "--deadline %s: there is no such time here", text);
    *left = difftime(moment, now);
    return *left > 0 ? 0 : bm_fail(err, BM_EXIT_USAGE, "--deadline %s: that is past", text);
}

bool bm_deadline_parse_slurm(const char *text, double *left)
{
    char line[40];
    snprintf(line, sizeof line, "%.*s", (int)strcspn(text, "\n"), text);
    if (strcmp(line, "UNLIMITED") == 0) {
        *left = INFINITY;
        return true;
    }
    const char *at = line, *dash = strchr(line, '-');
    double days = 0, seconds = 0;
    int parts = 0;
    if (dash != NULL) {
        days = strtod(line, NULL);
        at = dash + 1;
    }
    if (line[strspn(line, "0123456789:-")] != '\0' || *at < '0' || *at > '9' || line[0] == '-')
        return false;
    for (; parts < 3; parts++) {
        char *end;
        seconds = 60 * seconds + (double)strtol(at, &end, 10);
        at = end;
        if (*at++ != ':')
            break;
    }
    *left = 86400 * days + seconds;
    return parts < 3;
}

char *bm_deadline_text(time_t now, double left, char *text, size_t size)
{
    char moment[60], duration[32];
    struct tm local;
    time_t at = now + (time_t)left;
    localtime_r(&at, &local);
    strftime(moment, sizeof moment, "%F %T %Z", &local);
    snprintf(text, size, "%s, in %s", moment, bm_duration_text(left, duration, sizeof duration));
    return text;
}
