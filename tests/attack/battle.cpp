#include "tests/attack/battle.h"

#include "lib/crypto/secret_box.h"
#include "tests/support/base64.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <map>
#include <thread>

namespace postrider::attack {

namespace {

using namespace std::chrono_literals;
using Seconds = std::chrono::duration<double>;
using Steady = std::chrono::steady_clock;

/// How long the imitation takes for an answer: long enough that a kill hits sends in flight.
constexpr std::chrono::milliseconds answer_delay{50};
constexpr std::chrono::milliseconds insert_every{25};
constexpr std::chrono::seconds look_after{5};
/// In a conversation that goes on, one message at least is sent in this time.
constexpr std::chrono::seconds step_max{1};
/// A wait in which nothing moves for so long has no end. A doubt takes half a minute.
constexpr std::chrono::seconds standstill_max{150};
/// At least so often, in all.
constexpr int looks = 10;

const std::string raw_key(32, 'k');

}  // namespace

Battle::Battle(const Scenario& scenario, const Effort& effort)
    : scenario_(scenario),
      effort_(effort),
      author_(scenario, effort.seed),
      random_(effort.seed),
      daemons_(static_cast<std::size_t>(scenario.daemons)) {
    figures_.scenario = scenario.name;
    twilio_.by_default(testing::TwilioBehaviour::slow(answer_delay));
}

Figures Battle::run() {
    const auto begin = Steady::now();
    for (std::size_t i = 0; i < daemons_.size(); ++i) {
        const bool refused = effort_.refused_for.count() > 0;
        write_config(daemons_[i], i, refused ? "wrong-token" : twilio_.settings().auth_token);
        start(daemons_[i]);
    }
    if (effort_.refused_for.count() > 0) {
        refuse_credentials();
    } else {
        fight();
    }
    wait_until_done();
    stop();
    measure_first_sends();
    figures_.balance = manifest_.balance(site_, twilio_.accepted());
    figures_.duration = Steady::now() - begin;
    return std::move(figures_);
}

void Battle::write_config(Daemon& daemon, std::size_t index, const std::string& token) {
    const std::string encryption =
        scenario_.encrypted ? fmt::format("encryption: {{ secret_key: \"{}\" }}\n", testing::base64(raw_key))
                            : "";
    daemon.config = folder_.write(
        fmt::format("postrider{}.yaml", index),
        fmt::format("database:\n  url: \"{}\"\n  settle: 0s\nlisten: {{ port: 0 }}\n{}"
                    "spool: {{ path: \"{}/spool{}\" }}\nchannels:\n"
                    "  - {{ name: sms, transport: twilio, default: true, from: \"+13125550100\", "
                    "account_sid: {}, auth_token: {}, base_url: \"{}\", concurrency: 16, "
                    "reconcile_after: 1s }}\n",
                    site_.url(), encryption, folder_.path().string(), index, twilio_.settings().account_sid,
                    token, twilio_.base_url()));
}

void Battle::start(Daemon& daemon) {
    const auto log = effort_.log.empty() ? folder_.path() / "log" : effort_.log;
    daemon.process = std::make_unique<ChildProcess>(
        std::vector<std::string>{POSTRIDER_BINARY, "run", "--config", daemon.config.string()},
        ChildOptions{.output = log, .environment = {}});
    daemon.life = lives_.size();
    lives_.push_back({daemon.process->id(), Wall::now(), {}});
}

void Battle::kill(Daemon& daemon) {
    if (!daemon.process->running()) {
        figures_.troubles.push_back(fmt::format("a daemon ended by itself, with {}", daemon.process->wait()));
    }
    lives_[daemon.life].end = Wall::now();
    daemon.process->signal(SIGKILL);
    daemon.process->wait();
    ++figures_.kills;
}

void Battle::fight() {
    const int lives = effort_.kills + 1;
    const int look_every = std::max(1, lives / looks);
    for (int life = 0; life < lives; ++life) {
        const int count = (life + 1) * effort_.messages / lives - life * effort_.messages / lives;
        if (life > 0) {
            const auto victim = std::uniform_int_distribution<std::size_t>(0, daemons_.size() - 1)(random_);
            kill(daemons_[victim]);
            start(daemons_[victim]);
        }
        if (life % look_every == look_every - 1 || life + 1 == lives) {
            live_and_look(count);
        } else {
            const Seconds longest = scenario_.life_max;
            insert_during(std::uniform_real_distribution<double>(0.01, 1)(random_) * longest, count);
        }
    }
}

void Battle::live_and_look(int count) {
    const auto before = ids_;
    insert_during(look_after, count);
    figures_.stuck += count_stuck(manifest_.stuck(site_, before));
    ++figures_.looks;
}

/// What a doubt has held up goes out one by one when it is over, each after the answer to the one
/// before: a conversation is stuck when in a second none of its messages is sent.
std::size_t Battle::count_stuck(std::vector<testing::MessageId> waiting) {
    const auto of_conversations = [&](const std::vector<testing::MessageId>& ids) {
        std::map<std::string, std::size_t> count;
        for (const auto id : ids) ++count[manifest_.destination(id)];
        return count;
    };
    std::size_t stuck = 0;
    while (!waiting.empty()) {
        auto before = of_conversations(waiting);
        std::this_thread::sleep_for(step_max);
        const auto left = manifest_.stuck(site_, waiting);
        waiting.clear();
        for (const auto& [conversation, count] : of_conversations(left)) before[conversation] -= count;
        for (const auto id : left) {
            if (before[manifest_.destination(id)] > 0) {
                waiting.push_back(id);
            } else {
                ++stuck;
            }
        }
    }
    return stuck;
}

void Battle::refuse_credentials() {
    insert_during(effort_.refused_for, effort_.messages);
    write_config(daemons_[0], 0, twilio_.settings().auth_token);
    daemons_[0].process->signal(SIGHUP);
}

void Battle::insert_during(Seconds span, int count) {
    const auto begin = Steady::now();
    int inserted = 0;
    for (Seconds passed{}; passed < span; passed = Steady::now() - begin) {
        const int wanted = static_cast<int>(count * (passed / span));
        if (wanted > inserted) insert(wanted - inserted);
        inserted = std::max(inserted, wanted);
        std::this_thread::sleep_for(std::min<Seconds>(insert_every, span - passed));
    }
    insert(count - inserted);
}

void Battle::insert(int count) {
    if (count == 0) return;
    std::vector<testing::NewRow> rows;
    for (int i = 0; i < count; ++i) rows.push_back(author_.next());
    auto stored = rows;
    if (scenario_.encrypted) {
        const SecretBox box{Secret(raw_key)};
        for (testing::NewRow& row : stored) {
            row.destination = box.seal(row.destination);
            row.message = box.seal(row.message);
        }
    }
    const auto ids = site_.insert_all(stored);
    for (std::size_t i = 0; i < ids.size(); ++i) {
        manifest_.add(ids[i], rows[i].destination, rows[i].message);
        ids_.push_back(ids[i]);
    }
}

void Battle::wait_until_done() {
    long long before = -1;
    for (auto last_move = Steady::now(); Steady::now() - last_move < standstill_max;) {
        const long long open = site_.number(
            "select (select count(*) from simple_messaging_outgoingmessage where sent_date is null) + "
            "(select count(*) from postrider.attempt)");
        if (open == 0) return;
        if (open != before) last_move = Steady::now();
        before = open;
        std::this_thread::sleep_for(100ms);
    }
    figures_.troubles.push_back(fmt::format("{} rows and attempts stay open for ever", before));
}

void Battle::stop() {
    for (Daemon& daemon : daemons_) {
        lives_[daemon.life].end = Wall::now();
        daemon.process->signal(SIGTERM);
    }
    for (Daemon& daemon : daemons_) {
        const auto status = daemon.process->wait_for(60s);
        if (status == 0) continue;
        figures_.troubles.push_back(status ? fmt::format("a daemon told to stop ended with {}", *status)
                                           : "a daemon told to stop did not end");
    }
}

void Battle::measure_first_sends() {
    const auto accepted = twilio_.accepted();
    // The first start of each is no restart.
    for (std::size_t i = daemons_.size(); i < lives_.size(); ++i) {
        const Seconds span =
            daemons_.size() == 1 ? until_first_send(lives_[i], accepted) : until_first_claim(lives_[i]);
        figures_.first_send_max = std::max(figures_.first_send_max, span);
    }
}

Seconds Battle::until_first_send(const Life& life,
                                 const std::vector<testing::TwilioRequest>& accepted) const {
    const auto first = std::lower_bound(
        accepted.begin(), accepted.end(), life.start,
        [](const testing::TwilioRequest& request, Wall::time_point when) { return request.arrived < when; });
    const bool sent = first != accepted.end() && first->arrived < life.end;
    return (sent ? Wall::time_point(first->arrived) : life.end) - life.start;
}

Seconds Battle::until_first_claim(const Life& life) {
    const auto epoch = [](Wall::time_point when) { return Seconds(when.time_since_epoch()).count(); };
    const std::string claim = site_.value(fmt::format(
        "select extract(epoch from min(claimed)) from (select daemon_id, claimed from postrider.attempt "
        "union all select daemon_id, claimed from postrider.attempt_history) attempt "
        "join postrider.daemon on daemon.id = daemon_id and claimed >= started "
        "where process = {} and extract(epoch from started) between {:.6f} and {:.6f}",
        life.process, epoch(life.start), epoch(life.end)));
    const double end = claim.empty() ? epoch(life.end) : std::min(epoch(life.end), std::stod(claim));
    return Seconds(end - epoch(life.start));
}

}  // namespace postrider::attack
