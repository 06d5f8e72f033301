#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace postrider {

/// What a supervisor is to do.
struct SupervisedCommand {
    std::vector<std::string> command;         ///< what is not a path is looked for in the environment's PATH
    std::string user;                         ///< empty: ours
    std::string folder;                       ///< empty: /
    std::chrono::milliseconds timeout{0};     ///< 0: none
    std::chrono::milliseconds kill_after{0};  ///< from TERM to KILL
    bool errors_apart = false;                ///< standard error is kept apart from standard output
    /// The whole environment of the command, each NAME=value.
    std::vector<std::string> environment;
};

/// What became of the command.
struct SupervisedEnd {
    enum class How { exited, signalled, not_started };
    enum class Cause { itself, timed_out, stopped };
    How how = How::not_started;
    int number = 0;               ///< the exit code; the signal; the error (errno)
    Cause cause = Cause::itself;  ///< why it ended
    int left = 0;                 ///< processes that we were not allowed to end
    std::string stage;            ///< of one that was not started: `user`, `folder` or `command`
    std::string output;           ///< standard output and error as they came, beginning and end
    std::string errors;           ///< standard error, where that is kept apart

    std::string to_report() const;
    /// nullopt for what is not the whole of a report.
    static std::optional<SupervisedEnd> from_report(const std::string& report);
};

// What the daemon writes into a supervisor's standard input.
constexpr char supervisor_beat = 'b';  ///< I live: to be said each second
constexpr char supervisor_stop = 's';  ///< end it now
/// A supervisor that has heard nothing for so long takes its daemon for frozen, and ends the command: before
/// other daemons take the frozen one for dead (10 s).
constexpr std::chrono::seconds supervisor_silence_max{8};

/// Runs a command, in a session of its own, and ends with it: all of its descendants have ended by then too,
/// whatever session they are in. At the time-out, and when told, they get TERM, and KILL later; when standard
/// input ends (the daemon has died) or is silent for too long, KILL. The report goes to standard output. The
/// whole life of a process of its own; returns its exit code.
int supervise(const SupervisedCommand& command);

}  // namespace postrider
