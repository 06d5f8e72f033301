#pragma once

#include "lib/process/child_process.h"
#include "tests/attack/scenario.h"
#include "tests/support/twilio_imitation.h"
#include "tests/system/folder.h"
#include "tests/system/manifest.h"

#include <chrono>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace postrider::attack {

/// What a battle came to.
struct Figures {
    std::string scenario;
    int kills = 0;
    testing::Balance balance;
    std::size_t stuck = 0;
    int looks = 0;  ///< restarts after which we looked for what is stuck
    std::chrono::duration<double> first_send_max{};
    std::chrono::duration<double> duration{};
    /// Daemons that ended by themselves, or did not end when told to; a wait that had no end.
    std::vector<std::string> troubles;

    bool broken() const { return !balance.exact() || stuck > 0 || !troubles.empty(); }
};

/// How much of it.
struct Effort {
    int messages = 0;
    int kills = 0;
    unsigned seed = 1;
    std::chrono::duration<double> refused_for{};  ///< `credential` only
    std::filesystem::path log;                    ///< of all daemons; empty: kept nowhere
};

/// A site, a provider and the scenario's daemons, which are killed and started again.
class Battle {
public:
    Battle(const Scenario& scenario, const Effort& effort);
    Battle(const Battle&) = delete;
    Battle& operator=(const Battle&) = delete;

    /// Once only.
    Figures run();

private:
    using Wall = std::chrono::system_clock;

    /// From a daemon's start until it is killed, or all is done.
    struct Life {
        pid_t process = 0;
        Wall::time_point start;
        Wall::time_point end;
    };
    struct Daemon {
        std::filesystem::path config;
        std::unique_ptr<ChildProcess> process;
        std::size_t life = 0;  ///< the present one's index
    };

    void write_config(Daemon& daemon, std::size_t index, const std::string& token);
    void start(Daemon& daemon);
    void kill(Daemon& daemon);
    void fight();
    void refuse_credentials();
    /// Inserts so many messages, spread over that time.
    void insert_during(std::chrono::duration<double> span, int count);
    void insert(int count);
    /// A life in which we look whether anything is stuck.
    void live_and_look(int count);
    std::size_t count_stuck(std::vector<testing::MessageId> waiting);
    void wait_until_done();
    void stop();
    void measure_first_sends();
    std::chrono::duration<double> until_first_send(const Life& life,
                                                   const std::vector<testing::TwilioRequest>& accepted) const;
    std::chrono::duration<double> until_first_claim(const Life& life);

    const Scenario& scenario_;
    const Effort effort_;
    testing::Server server_;
    testing::Site site_{server_};
    testing::TwilioImitation twilio_;
    testing::Folder folder_;
    Author author_;
    testing::Manifest manifest_;
    std::vector<testing::MessageId> ids_;
    std::mt19937 random_;
    std::vector<Daemon> daemons_;
    std::vector<Life> lives_;
    Figures figures_;
};

}  // namespace postrider::attack
