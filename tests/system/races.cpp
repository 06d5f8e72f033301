#include "tests/system/races.h"

#include "lib/process/child_process.h"
#include "tests/support/twilio_imitation.h"
#include "tests/system/daemon_process.h"
#include "tests/system/django.h"
#include "tests/system/eventually.h"
#include "tests/system/folder.h"
#include "tests/system/program.h"
#include "tests/system/site.h"

#include <fmt/format.h>

#include <fstream>
#include <map>

namespace postrider::testing {

namespace {

constexpr const char* table = "simple_messaging_outgoingmessage";

/// What the site's processes met; and how each row came to be sent, errored or due again, whoever did that.
constexpr const char* audit = R"(
    create table race_refused (by_guard bigint, by_isolation bigint);
    create table race_audit (
        id bigint, at timestamptz, isolation text, guard text, was_sent timestamptz, was_errored boolean,
        is_sent timestamptz, is_errored boolean, marker bigint);
    create index race_audit_id on race_audit (id);
    create function race_audit() returns trigger language plpgsql security definer as $$
    begin
        insert into race_audit values (
            old.id, clock_timestamp(), current_setting('transaction_isolation'),
            current_setting('postrider.guard', true), old.sent_date, old.errored, new.sent_date, new.errored,
            postrider.marked_attempt(new.transmission_metadata));
        return null;
    end $$;
    create trigger zz_race_audit after update on simple_messaging_outgoingmessage
        for each row when (old.sent_date is distinct from new.sent_date or old.errored <> new.errored)
        execute function race_audit();
)";
constexpr const char* became_due = "was_sent is not null and is_sent is null";

class Races {
public:
    explicit Races(const RaceEffort& effort) : effort_(effort) {
        std::filesystem::create_directories(folder_.path() / "outgoing_message_media");
        folder_.write("outgoing_message_media/a.png", "the picture");
        twilio_.by_default(TwilioBehaviour::slow(std::chrono::milliseconds{15}));
        site_.execute(audit);
    }

    RaceFigures run() {
        const auto begin = std::chrono::steady_clock::now();
        DaemonProcess daemon(config());
        if (!daemon.wait_until_sending()) throw std::runtime_error("no daemon: " + daemon.log());
        start_others();
        create();
        eventually([&] { return all_sent(); }, effort_.limit);
        // Those that send end first: what they have taken last they may leave errored.
        end(senders_, "stop-senders");
        const bool ended = eventually([&] { return all_sent(); }, effort_.limit);
        end(others_, "stop-others");
        if (!ended || !all_sent()) find(unfinished());
        judge();
        figures_.took = std::chrono::steady_clock::now() - begin;
        if (!figures_.exact()) std::ofstream(effort_.log) << daemon.log();
        return figures_;
    }

private:
    std::string config() {
        return fmt::format(
            "database: {{ url: \"{}\", settle: {}s }}\n"
            "listen: {{ port: 0, public_url: https://messages.example.org }}\n"
            "media: {{ root: {} }}\n"
            "channels: [{{ name: sms, transport: twilio, default: true, from: \"+13125550100\", "
            "account_sid: {}, auth_token: {}, base_url: \"{}\" }}]\n",
            site_.url(), effort_.settle.count(), folder_.path().string(), twilio_.settings().account_sid,
            twilio_.settings().auth_token, twilio_.base_url());
    }

    void end(std::vector<ChildProcess>& processes, const std::string& stop_file) {
        folder_.write(stop_file, "");
        for (ChildProcess& process : processes) {
            if (process.wait_for(patience) != 0) find("a process of the site has failed");
        }
    }

    void start(const std::string& role, int number, int count, const std::string& isolation,
               std::vector<ChildProcess>& into) {
        ChildOptions options;
        options.output = folder_.path() / "processes.log";
        options.environment = django_environment(site_);
        options.environment.push_back("HOOK_FAILS=0.1");
        options.environment.push_back("PROVIDER=" + twilio_.base_url());
        options.environment.push_back(
            "STOP_FILE=" + (folder_.path() / (role == "transmit" ? "stop-senders" : "stop-others")).string());
        options.environment.push_back(fmt::format("RACE_SEED={}", effort_.seed));
        into.emplace_back(
            std::vector<std::string>{django_python, POSTRIDER_SOURCE_DIR "/tests/races/site_process.py", role,
                                     std::to_string(number), std::to_string(count), isolation},
            options);
    }

    void start_others() {
        int number = 0;
        for (const std::string& isolation : effort_.isolations) {
            start("transmit", number++, 3, isolation, senders_);
            start("stale", number, 0, isolation, others_);
        }
        start("admin", 0, 0, "read committed", others_);
    }

    void create() {
        std::vector<ChildProcess> creators;
        int number = 0;
        const int processes = 2 * static_cast<int>(effort_.isolations.size());
        const int each_makes = (effort_.messages + processes - 1) / processes;
        for (const std::string& isolation : effort_.isolations) {
            for (int twice = 0; twice < 2; ++twice)
                start("create", number++, each_makes, isolation, creators);
        }
        for (ChildProcess& each : creators) {
            if (each.wait() != 0) throw std::runtime_error(contents(folder_.path() / "processes.log"));
        }
    }

    bool all_sent() {
        return site_.value(
                   fmt::format("select not exists (select from {} where sent_date is null or errored) "
                               "and not exists (select from postrider.attempt)",
                               table)) == "t";
    }

    std::string unfinished() {
        return fmt::format(
            "not all came to their end: {} wait, {} are errored, {} are open",
            site_.number(fmt::format("select count(*) from {} where sent_date is null", table)),
            site_.number(fmt::format("select count(*) from {} where errored", table)),
            site_.number("select count(*) from postrider.attempt"));
    }

    std::string journal_of(const std::string& text) {
        return site_.value(fmt::format(
            "select string_agg(h.id || ' ' || h.verdict || ' ' || h.disposition || ' from ' || h.claimed "
            "|| ' to ' || h.closed, '; ' order by h.id) from postrider.attempt_history h "
            "join {} m on m.id = h.message_id where m.message = '{}'",
            table, text));
    }

    /// What was done to its row.
    std::string changes_of(const std::string& text) {
        return site_.value(
            fmt::format("select string_agg(to_json(a)::text, E'\\n  ' order by a.at) from race_audit a "
                        "join {} m on m.id = a.id where m.message = '{}'",
                        table, text));
    }

    void find(const std::string& what) { figures_.findings.push_back(what); }

    void judge() {
        std::map<std::string, int> times;
        for (const TwilioRequest& request : twilio_.accepted()) {
            ++times[request.body];
            if (request.body.find("with media") == std::string::npos || request.media_count > 0) continue;
            ++figures_.without_media;
            find(request.body + ": sent without its file");
        }
        for (const Row& row : site_.rows()) {
            ++figures_.messages;
            const int count = times[row.message];
            if (count == 0) ++figures_.lost;
            if (count > 1) ++figures_.doubled;
            if (count != 1)
                find(fmt::format("{}: sent {} times; {}; {}\n  {}", row.message, count,
                                 journal_of(row.message), row.metadata.value_or(""),
                                 changes_of(row.message)));
        }
        figures_.unsent = static_cast<int>(site_.number(
            fmt::format("select count(*) from race_audit where {} and not was_errored", became_due)));
        if (figures_.unsent > 0) find(fmt::format("{} sent rows became due again", figures_.unsent));
        figures_.resets = static_cast<int>(site_.number(
            fmt::format("select count(*) from race_audit where {} and was_errored", became_due)));
        figures_.sent_by_site =
            static_cast<int>(site_.number("select count(*) from postrider.attempt_history where verdict = "
                                          "'site' and disposition = 'sent'"));
        figures_.refused = static_cast<int>(site_.number("select sum(by_guard) from race_refused"));
        figures_.conflicts = static_cast<int>(site_.number("select sum(by_isolation) from race_refused"));
        const std::string log = contents(folder_.path() / "processes.log");
        if (!log.empty()) find("the site's processes said: " + log.substr(0, 2000));
    }

    const RaceEffort effort_;
    Site site_;
    TwilioImitation twilio_;
    Folder folder_;
    std::vector<ChildProcess> senders_;
    std::vector<ChildProcess> others_;
    RaceFigures figures_;
};

}  // namespace

RaceFigures run_races(const RaceEffort& effort) { return Races(effort).run(); }

}  // namespace postrider::testing
