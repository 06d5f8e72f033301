#pragma once

#include "lib/health/check.h"

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace postrider {

/// Something that the status says. Each has a row in docs/status.md, with what to do about it; a test compares
/// them (tests/tidy/docs_test.cpp), and sees to it that checks say nothing else.
struct StatusMessage {
    std::string_view id;  ///< stays, so that scripts may look for it
    Health health;        ///< so bad at least is a check that says it
    std::string_view text;
};

namespace status {

inline constexpr StatusMessage messages_due{"messages.due", Health::ok, "{} due, the first for {} s"};
inline constexpr StatusMessage messages_late{"messages.late", Health::warning,
                                             "later than status.lag_warning: the channels say why"};
inline constexpr StatusMessage messages_very_late{"messages.very_late", Health::critical,
                                                  "later than status.lag_critical: the channels say why"};
inline constexpr StatusMessage messages_never_due{"messages.never_due", Health::warning,
                                                  "{} will never be due: send_date is infinity"};
inline constexpr StatusMessage messages_overdue{"messages.overdue", Health::warning,
                                                "{} held: overdue by more than lateness_max when Postrider "
                                                "was installed (`postrider messages release ID` "
                                                "lets one go)"};
inline constexpr StatusMessage messages_held{"messages.held", Health::ok, "{} held by operators"};

inline constexpr StatusMessage database_works{"database.works", Health::ok,
                                              "{} calls under way, {} cut off since start"};
inline constexpr StatusMessage database_slow{"database.slow", Health::warning,
                                             "a call takes longer than its statement limit"};
inline constexpr StatusMessage database_failed{"database.failed", Health::critical, "the last call failed"};
inline constexpr StatusMessage database_away{"database.away", Health::critical,
                                             "nothing is sent, it cannot be worked on: {}"};

inline constexpr StatusMessage doorbell_works{"doorbell.works", Health::ok, "rings and is heard"};
inline constexpr StatusMessage doorbell_polling{"doorbell.polling", Health::warning,
                                                "out of order, polling every second: {}"};

inline constexpr StatusMessage membership_joined{"membership.joined", Health::ok,
                                                 "{} of {} shards, {} daemon{}"};
inline constexpr StatusMessage membership_not_joined{"membership.not_joined", Health::critical,
                                                     "not joined yet: nothing is sent"};
inline constexpr StatusMessage membership_jobs_only{"membership.jobs_only", Health::ok,
                                                    "runs jobs, sends nothing"};
inline constexpr StatusMessage membership_no_jobs{"membership.no_jobs", Health::critical,
                                                  "its heartbeat does not reach the database: no job starts"};
inline constexpr StatusMessage membership_lost{"membership.lost", Health::critical, "nothing is sent: {}"};

inline constexpr StatusMessage delivery_suspended{
    "delivery.suspended", Health::warning,
    "nothing leaves: {}. `postrider channels resume --all` lets it go on"};
inline constexpr StatusMessage delivery_copy{
    "delivery.copy", Health::critical, "nothing leaves: {}. `postrider channels resume --all` lets it go on"};

inline constexpr StatusMessage intake_works{"intake.works", Health::ok,
                                            "all due messages are in their lanes"};
inline constexpr StatusMessage intake_unreadable{"intake.unreadable", Health::critical,
                                                 "cannot read due messages: {}"};
inline constexpr StatusMessage intake_hold{"intake.hold", Health::warning, "nothing leaves: {}"};
inline constexpr StatusMessage intake_left{"intake.left", Health::ok, "{} left waiting: {}"};
inline constexpr StatusMessage intake_stuck{"intake.stuck", Health::warning, "{} left waiting: {}"};

inline constexpr StatusMessage left_no_channel{"left.no_channel", Health::warning,
                                               "no channel is configured"};
inline constexpr StatusMessage left_none_enabled{"left.none_enabled", Health::warning,
                                                 "no channel is enabled"};
inline constexpr StatusMessage left_unknown_route{"left.unknown_route", Health::warning,
                                                  "a route names a channel that is not configured"};
inline constexpr StatusMessage left_no_key{"left.no_key", Health::warning,
                                           "encrypted, and no encryption.secret_key is configured"};
inline constexpr StatusMessage left_wrong_key{
    "left.wrong_key", Health::warning,
    "encrypted, and encryption.secret_key opens none of them: is it the right key?"};
inline constexpr StatusMessage left_no_public_url{
    "left.no_public_url", Health::warning,
    "it has media, and listen.public_url is not set: no provider could fetch them"};
inline constexpr StatusMessage left_no_media_root{"left.no_media_root", Health::warning,
                                                  "it has media, and media.root cannot be read"};
inline constexpr StatusMessage left_by_route{"left.by_route", Health::ok, "left to the site by route {}"};
inline constexpr StatusMessage left_dialog{"left.dialog", Health::ok, "a dialog, left to the site"};
inline constexpr StatusMessage left_only_to{"left.only_to", Health::ok,
                                            "delivery: only, and not one of only_to"};
inline constexpr StatusMessage left_in_doubt{"left.in_doubt", Health::ok, "in doubt, and looked into"};
inline constexpr StatusMessage left_other_package{"left.other_package", Health::ok,
                                                  "channel {}, of package {}, left to the site"};
inline constexpr StatusMessage left_disabled{"left.disabled", Health::warning,
                                             "channel {} is disabled in the site's switchboard"};
inline constexpr StatusMessage left_misconfigured{"left.misconfigured", Health::warning,
                                                  "channel {} is misconfigured in the site's switchboard"};

inline constexpr StatusMessage channel_counts{"channel.counts", Health::ok,
                                              "{}{} due, {} in flight, {} sent, {} given up"};
inline constexpr StatusMessage channel_suspended{"channel.suspended", Health::warning,
                                                 "{}; its messages wait"};
inline constexpr StatusMessage channel_stopped{
    "channel.stopped", Health::critical,
    "stopped: {}; its messages wait. Mend it and reload (SIGHUP); one message a minute probes it"};
inline constexpr StatusMessage channel_failing{
    "channel.failing", Health::critical,
    "fails constantly: {}; its messages wait, and one at a time probes it"};
inline constexpr StatusMessage channel_slowed{"channel.slowed", Health::warning,
                                              "slowed down by the provider"};
inline constexpr StatusMessage channel_capped{"channel.capped", Health::warning,
                                              "{} {} got recipient_max, and more waits for them"};

inline constexpr StatusMessage account_unknown{"account.unknown", Health::ok, "not known yet"};
inline constexpr StatusMessage account_enough{"account.enough", Health::ok, "{}"};
inline constexpr StatusMessage account_low{"account.low", Health::warning,
                                           "{}: pay in before nothing is left, or messages are refused"};
inline constexpr StatusMessage account_very_low{"account.very_low", Health::critical,
                                                "{}: pay in before nothing is left, or messages are refused"};
inline constexpr StatusMessage account_old{"account.old", Health::ok, "that was {} ago"};
inline constexpr StatusMessage account_unreachable{"account.unreachable", Health::ok,
                                                   "it cannot be had now: {}"};
inline constexpr StatusMessage account_unreachable_long{"account.unreachable_long", Health::warning,
                                                        "it cannot be had for an hour: {}"};

inline constexpr StatusMessage recorder_works{"recorder.works", Health::ok, "{} results to write"};
inline constexpr StatusMessage recorder_failing{"recorder.failing", Health::critical,
                                                "{} results cannot be written: {}"};
inline constexpr StatusMessage recorder_safe{"recorder.safe", Health::ok, "{} of them are safe in the spool"};
inline constexpr StatusMessage recorder_spooled{"recorder.spooled", Health::warning,
                                                "{} are kept in the spool until the database has them"};
inline constexpr StatusMessage recorder_refused{
    "recorder.refused", Health::warning,
    "{} refused by the database ({}: message {}): kept in the spool, and tried again every minute. Mend what "
    "refuses it, a constraint or trigger on the message table mostly; until then the message and its "
    "conversation wait"};
inline constexpr StatusMessage recorder_refused_in_memory{
    "recorder.refused_in_memory", Health::critical,
    "{} refused by the database ({}: message {}): kept in memory only, and lost with this process, and tried "
    "again every minute. Mend what refuses it, a constraint or trigger on the message table mostly; until "
    "then "
    "the message and its conversation wait"};
inline constexpr StatusMessage recorder_spool_fails{"recorder.spool_fails", Health::critical,
                                                    "the spool fails ({}): results are in memory only and "
                                                    "are lost with this process. Free space on its disk, "
                                                    "or mend it; do not stop Postrider before"};

inline constexpr StatusMessage spool_none{
    "spool.none", Health::warning,
    "results wait in memory only: {}. Name a folder in spool.path and restart"};

inline constexpr StatusMessage doubt_none{"doubt.none", Health::ok, "0 being looked into"};
inline constexpr StatusMessage doubt_open{"doubt.open", Health::warning,
                                          "{} being looked into, the first for {} s"};
inline constexpr StatusMessage doubt_no_records{"doubt.no_records", Health::warning, "the records of {}: {}"};
inline constexpr StatusMessage doubt_ended{
    "doubt.ended", Health::warning,
    "{} messages may or may not have arrived: look them up at the provider, then `postrider messages handled "
    "ID`, or `postrider retry --in-doubt ID` for one that did not"};

inline constexpr StatusMessage switchboard_channels{"switchboard.channels", Health::ok, "{} channel{}"};
inline constexpr StatusMessage switchboard_problem{"switchboard.problem", Health::warning, "{}"};
inline constexpr StatusMessage switchboard_unreadable{
    "switchboard.unreadable", Health::warning, "it cannot be read, its channels stay as they were: {}"};

inline constexpr StatusMessage jobs_counts{"jobs.counts", Health::ok, "{} configured, {} running here"};
inline constexpr StatusMessage jobs_failed{"jobs.failed", Health::warning,
                                           "last run failed: {} (`postrider jobs history NAME` says why)"};
inline constexpr StatusMessage jobs_overdue{
    "jobs.overdue", Health::warning,
    "overdue: {} (their queues are busy, or no daemon could start them: `postrider jobs list`)"};
inline constexpr StatusMessage jobs_stuck{
    "jobs.stuck", Health::warning, "stuck: {} (they do not end: look at their processes on this host)"};
inline constexpr StatusMessage jobs_paused{"jobs.paused", Health::warning,
                                           "paused: {} (`postrider jobs resume NAME`)"};
inline constexpr StatusMessage jobs_copy{
    "jobs.copy", Health::warning,
    "none is started: this database is a copy; `postrider channels resume --all`"};
inline constexpr StatusMessage jobs_unknown{"jobs.unknown", Health::warning,
                                            "they cannot be looked at: {} (is the database there?)"};

inline constexpr StatusMessage listener_connections{"listener.connections", Health::ok, "{} connections"};
inline constexpr StatusMessage listener_limited{"listener.limited", Health::ok,
                                                "{} addresses limited, refused too often"};

inline constexpr StatusMessage certificate_valid{"certificate.valid", Health::ok, "expires {} UTC"};
inline constexpr StatusMessage certificate_ending{"certificate.ending", Health::warning, "expires {} UTC"};
inline constexpr StatusMessage certificate_expired{
    "certificate.expired", Health::critical,
    "expired {} UTC: clients refuse it; replace its files (listen.tls)"};
inline constexpr StatusMessage certificate_refused{"certificate.refused", Health::warning,
                                                   "another was refused: {}"};

inline constexpr StatusMessage webhooks_counts{
    "webhooks.counts", Health::ok,
    "since start {} messages and {} reports, {} of them repeated; {} of blocked senders, {} refused, {} not "
    "understood, {} put off"};
inline constexpr StatusMessage webhooks_refusal{"webhooks.refusal", Health::ok, "the last refusal: {}"};
inline constexpr StatusMessage webhooks_unproved{
    "webhooks.unproved", Health::warning, "since then none of channel {} was proved to be its provider's"};

inline constexpr StatusMessage inbox_works{"inbox.works", Health::ok, "webhooks go into the database"};
inline constexpr StatusMessage inbox_closed{
    "inbox.closed", Health::critical,
    "webhooks are answered 503: neither database nor spool takes them ({})"};
inline constexpr StatusMessage inbox_no_spool{
    "inbox.no_spool", Health::critical,
    "webhooks are answered 503: the database is away, and there is no spool"};
inline constexpr StatusMessage inbox_spooled{"inbox.spooled", Health::warning,
                                             "{} webhooks wait in the spool for the database"};
inline constexpr StatusMessage inbox_refused{
    "inbox.refused", Health::warning,
    "{} webhooks since start were refused by the database for what is in them: see the log"};

inline constexpr StatusMessage reports_counts{"reports.counts", Health::ok,
                                              "since start {} delivered and {} not, as providers report"};

inline constexpr StatusMessage media_waiting{"media.waiting", Health::ok, "{} to be fetched"};
inline constexpr StatusMessage media_oldest{"media.oldest", Health::ok, "the oldest for {:.0f} s: {}"};
inline constexpr StatusMessage media_stuck{"media.stuck", Health::warning, "the oldest for {:.0f} s: {}"};
inline constexpr StatusMessage media_counts{"media.counts", Health::ok,
                                            "since start {} stored; {} failed in the last day"};
inline constexpr StatusMessage media_failed{"media.failed", Health::ok, "the last to fail: {}"};
inline constexpr StatusMessage media_no_room{"media.no_room", Health::warning,
                                             "they cannot be kept here: {}"};

inline constexpr StatusMessage forward_idle{"forward.idle", Health::ok, "0 wait; {} told since start"};
inline constexpr StatusMessage forward_counts{"forward.counts", Health::ok,
                                              "{} wait, the first for {:.0f} s; {} told since start"};
inline constexpr StatusMessage forward_stuck{"forward.stuck", Health::warning,
                                             "that is longer than it should be"};
inline constexpr StatusMessage forward_trouble{"forward.trouble", Health::ok, "the last time: {}"};
inline constexpr StatusMessage forward_given_up{
    "forward.given_up", Health::warning,
    "{} were given up: `postrider forwards list`, then `redrive` or `discard`"};
inline constexpr StatusMessage forward_gone{
    "forward.gone", Health::critical,
    "it says that it is gone for good (410), and is asked once an hour: mend its url"};
inline constexpr StatusMessage forward_unknown{
    "forward.unknown", Health::warning,
    "{} wait for an endpoint that is not configured any more, {} were given up: configure it again, or "
    "`postrider forwards discard --endpoint {}`"};

inline constexpr StatusMessage forward_reply_unfit{"forward.reply_unfit", Health::warning,
                                                   "what it replied last was not sent: {}"};

inline constexpr StatusMessage replies_refused{"replies.refused", Health::warning,
                                               "{} of applications were refused by the database since start"};

inline constexpr StatusMessage alerts_none{"alerts.none", Health::ok, "none had to be sent since start"};
inline constexpr StatusMessage alerts_sent{"alerts.sent", Health::ok, "the last was sent at {}"};
inline constexpr StatusMessage alerts_failed{"alerts.failed", Health::warning,
                                             "the last could not be sent to all: {}"};

inline constexpr StatusMessage site_tasks_counts{"site_tasks.counts", Health::ok,
                                                 "{} in {}, {} running here"};
inline constexpr StatusMessage site_tasks_obstacle{"site_tasks.obstacle", Health::warning,
                                                   "none is run: {} (see docs/jobs.md)"};
inline constexpr StatusMessage site_tasks_failed{"site_tasks.failed", Health::warning,
                                                 "last run failed: {} (the site's executions say why)"};
inline constexpr StatusMessage site_tasks_overdue{
    "site_tasks.overdue", Health::warning,
    "overdue: {} (their queues are busy, or no daemon could start them)"};
inline constexpr StatusMessage site_tasks_stuck{
    "site_tasks.stuck", Health::warning,
    "running for longer than usual: {} (look at their processes; max_duration ends them)"};
inline constexpr StatusMessage site_tasks_elsewhere{
    "site_tasks.elsewhere", Health::warning,
    "left alone, since the site's own runner has them: {} (switch its cron line off; `manage.py "
    "clear_ongoing_executions` if none runs any more)"};
inline constexpr StatusMessage site_tasks_locked{
    "site_tasks.locked", Health::warning,
    "came back at once, since their lock file is somebody else's: {} (remove it if no process of them runs "
    "any more)"};
inline constexpr StatusMessage site_tasks_blocked{
    "site_tasks.blocked", Health::warning,
    "wait, since the locks that they left may still be held: {} (a process with such a command among its "
    "arguments lives on this host)"};
inline constexpr StatusMessage site_tasks_untold{
    "site_tasks.untold", Health::warning,
    "the site's monitoring is not told of the send task: {} (or it calls it late)"};
inline constexpr StatusMessage site_tasks_copy{
    "site_tasks.copy", Health::warning,
    "not started: this database is a copy; `postrider channels resume --all`"};
inline constexpr StatusMessage site_tasks_unknown{"site_tasks.unknown", Health::warning,
                                                  "cannot be looked at: {} (is the database there?)"};

inline constexpr StatusMessage clock_right{"clock.right", Health::ok,
                                           "this host is {:.3f} s {} the database, whose clock counts"};
inline constexpr StatusMessage clock_wrong{"clock.wrong", Health::warning,
                                           "this host is {:.3f} s {} the database, whose clock counts"};

inline constexpr StatusMessage configuration_refused{
    "configuration.refused", Health::warning,
    "{} has problems; the old settings stay (see `postrider check-config`)"};
inline constexpr StatusMessage configuration_restart{
    "configuration.restart", Health::warning,
    "database, listen, encryption, phone_region, switchboard, shorten_links, media or spool settings "
    "changed: "
    "they take effect at a restart"};

inline constexpr StatusMessage process_stopping{"process.stopping", Health::warning, "stopping"};

// Of `postrider check`, where no daemon says more.
inline constexpr StatusMessage check_no_configuration{"check.no_configuration", Health::unknown,
                                                      "the configuration is wrong"};
inline constexpr StatusMessage check_no_answer{"check.no_answer", Health::critical, "no answer from {}: {}"};
inline constexpr StatusMessage check_no_status{"check.no_status", Health::unknown,
                                               "{} answered {}, which is no status"};

}  // namespace status

/// The words of a message.
template <const StatusMessage& message, class... Args>
std::string words(const Args&... args) {
    return fmt::format(fmt::format_string<const Args&...>(message.text), args...);
}

/// Adds it to what a check says, which is as bad as the worst of it; `said`: its words.
void say(Check& check, const StatusMessage& message, const std::string& said);
template <const StatusMessage& message, class... Args>
void say(Check& check, const Args&... args) {
    say(check, message, words<message>(args...));
}

}  // namespace postrider
