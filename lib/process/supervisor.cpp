#include "lib/process/supervisor.h"

#include "lib/process/output_window.h"
#include "lib/process/process_tree.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>

namespace postrider {

namespace {

using Steady = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto kill_again_after = 20ms;
/// Who is not gone by then is somebody whom we may not end.
constexpr auto killing_max = 10s;

/// Why a command could not be started, through a pipe.
struct StartFault {
    int stage = 0;
    int error = 0;
};
constexpr std::array<const char*, 3> stages{"user", "folder", "command"};

/// What the command writes into a pipe.
class Outlet {
public:
    void open(int pipe) {
        pipe_ = pipe;
        ::fcntl(pipe_, F_SETFL, O_NONBLOCK);
    }
    int pipe() const { return pipe_; }  ///< -1: it has ended
    std::string text() const { return window_.text(); }

    /// At most so much that the rest has its turn too.
    void read() {
        std::array<char, std::size_t{1} << 16> piece{};
        for (int i = 0; i < 16 && pipe_ >= 0; ++i) {
            const ssize_t read = ::read(pipe_, piece.data(), piece.size());
            if (read < 0 && (errno == EAGAIN || errno == EINTR)) return;
            if (read <= 0) {
                ::close(pipe_);
                pipe_ = -1;
                return;
            }
            window_.add({piece.data(), static_cast<std::size_t>(read)});
        }
    }

private:
    int pipe_ = -1;
    OutputWindow window_;
};

class Supervision {
public:
    explicit Supervision(const SupervisedCommand& command) : command_(command) {}

    SupervisedEnd run() {
        ::prctl(PR_SET_NAME, "job-supervisor");
        ::prctl(PR_SET_CHILD_SUBREAPER, 1);  // orphans below come to us
        sigset_t all;
        ::sigfillset(&all);
        ::sigprocmask(SIG_BLOCK, &all, nullptr);
        sigset_t child;
        ::sigemptyset(&child);
        ::sigaddset(&child, SIGCHLD);
        signals_ = ::signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
        ::fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
        if (!start()) return end_;
        last_beat_ = Steady::now();
        if (command_.timeout > 0ms) timeout_at_ = Steady::now() + command_.timeout;
        while (!over()) turn();
        output_.read();
        errors_.read();
        end_.output = output_.text();
        end_.errors = errors_.text();
        return end_;
    }

private:
    enum class Phase { running, ending, killing };

    bool start() {
        errno = 0;
        const passwd* const user =
            command_.user.empty() ? ::getpwuid(::geteuid()) : ::getpwnam(command_.user.c_str());
        if (user == nullptr && !command_.user.empty()) return not_started({0, errno == 0 ? ENOENT : errno});
        std::array<int, 2> output{};
        std::array<int, 2> errors{-1, -1};
        std::array<int, 2> fault{};
        if (::pipe2(output.data(), O_CLOEXEC) != 0 || ::pipe2(fault.data(), O_CLOEXEC) != 0 ||
            (command_.errors_apart && ::pipe2(errors.data(), O_CLOEXEC) != 0))
            return not_started({2, errno});
        end_.how = SupervisedEnd::How::signalled;  // unless it ends, and says otherwise
        const pid_t supervisor = ::getpid();
        main_ = ::fork();
        if (main_ < 0) return not_started({2, errno});
        if (main_ == 0)
            become_command(supervisor, user, output[1], command_.errors_apart ? errors[1] : output[1],
                           fault[1]);
        ::close(output[1]);
        ::close(fault[1]);
        output_.open(output[0]);
        if (command_.errors_apart) {
            ::close(errors[1]);
            errors_.open(errors[0]);
        }
        StartFault said;
        const ssize_t read = ::read(fault[0], &said, sizeof said);
        ::close(fault[0]);
        if (read != static_cast<ssize_t>(sizeof said)) return true;
        ::waitpid(main_, nullptr, 0);
        return not_started(said);
    }

    bool not_started(StartFault fault) {
        end_.how = SupervisedEnd::How::not_started;
        end_.stage = stages.at(static_cast<std::size_t>(fault.stage));
        end_.number = fault.error;
        return false;
    }

    /// In the child: nothing of ours goes on but the environment, which is the command's, and its output.
    [[noreturn]] void become_command(pid_t supervisor, const passwd* user, int output, int errors,
                                     int fault) {
        const auto fail = [fault](int stage) {
            const StartFault said{stage, errno};
            [[maybe_unused]] const ssize_t written = ::write(fault, &said, sizeof said);
            ::_exit(127);
        };
        ::setsid();
        const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
        ::dup2(nothing, STDIN_FILENO);
        ::dup2(output, STDOUT_FILENO);
        ::dup2(errors, STDERR_FILENO);
        ::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
        for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
        sigset_t none;
        ::sigemptyset(&none);
        ::sigprocmask(SIG_SETMASK, &none, nullptr);
        if (user != nullptr && (user->pw_uid != ::geteuid() || user->pw_gid != ::getegid())) {
            if (::initgroups(user->pw_name, user->pw_gid) != 0 || ::setgid(user->pw_gid) != 0 ||
                ::setuid(user->pw_uid) != 0)
                fail(0);
        }
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // another user's id clears it, so here
        if (::getppid() != supervisor) ::_exit(127);
        if (user != nullptr) {
            ::setenv("HOME", user->pw_dir, 0);
            ::setenv("SHELL", user->pw_shell, 0);
            ::setenv("USER", user->pw_name, 0);
            ::setenv("LOGNAME", user->pw_name, 0);
        }
        if (::chdir(command_.folder.empty() ? "/" : command_.folder.c_str()) != 0) fail(1);
        std::vector<char*> arguments;
        for (const std::string& each : command_.command) arguments.push_back(const_cast<char*>(each.c_str()));
        arguments.push_back(nullptr);
        ::execvp(arguments.front(), arguments.data());
        fail(2);
        ::_exit(127);
    }

    bool over() const { return (main_ended_ && childless_) || Steady::now() >= give_up_at_; }

    void turn() {
        std::array<pollfd, 4> watched{{{control_open_ ? STDIN_FILENO : -1, POLLIN, 0},
                                       {output_.pipe(), POLLIN, 0},
                                       {errors_.pipe(), POLLIN, 0},
                                       {signals_, POLLIN, 0}}};
        ::poll(watched.data(), watched.size(), milliseconds_to_wait());
        if (watched[0].revents != 0) read_control();
        if (watched[1].revents != 0) output_.read();
        if (watched[2].revents != 0) errors_.read();
        reap();
        const auto now = Steady::now();
        if (control_open_ && now - last_beat_ > supervisor_silence_max) kill_all();
        if (phase_ == Phase::running && now >= timeout_at_) end_all(SupervisedEnd::Cause::timed_out);
        // What the command has left behind is part of it.
        if (phase_ == Phase::running && main_ended_ && !childless_) end_all(SupervisedEnd::Cause::itself);
        if (phase_ == Phase::ending && now >= kill_at_) kill_all();
        if (phase_ == Phase::killing && now >= kill_at_) {
            kill_descendants(::getpid());
            kill_at_ = now + kill_again_after;
        }
    }

    int milliseconds_to_wait() const {
        auto until = last_beat_ + supervisor_silence_max + 1ms;
        if (phase_ == Phase::running) until = std::min(until, timeout_at_);
        if (phase_ != Phase::running) until = std::min(until, kill_at_);
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Steady::now());
        return static_cast<int>(std::clamp<long long>(left.count(), 0, 60000));
    }

    void read_control() {
        std::array<char, 256> piece{};
        for (;;) {
            const ssize_t read = ::read(STDIN_FILENO, piece.data(), piece.size());
            if (read < 0 && (errno == EAGAIN || errno == EINTR)) return;
            if (read <= 0) {
                control_open_ = false;
                kill_all();  // nobody is left to hear of it
                return;
            }
            last_beat_ = Steady::now();
            const auto end = piece.begin() + read;
            if (std::find(piece.begin(), end, supervisor_stop) != end) {
                if (phase_ == Phase::running) end_all(SupervisedEnd::Cause::stopped);
            }
        }
    }

    void reap() {
        std::array<char, sizeof(signalfd_siginfo) * 8> said{};
        while (::read(signals_, said.data(), said.size()) > 0) {
        }
        for (;;) {
            int raw = 0;
            const pid_t ended = ::waitpid(-1, &raw, WNOHANG);
            if (ended < 0 && errno == EINTR) continue;
            childless_ = ended < 0;
            if (ended <= 0) return;
            if (ended != main_) continue;
            main_ended_ = true;
            end_.how = WIFEXITED(raw) ? SupervisedEnd::How::exited : SupervisedEnd::How::signalled;
            end_.number = WIFEXITED(raw) ? WEXITSTATUS(raw) : WTERMSIG(raw);
        }
    }

    void end_all(SupervisedEnd::Cause cause) {
        end_.cause = cause;
        phase_ = Phase::ending;
        kill_at_ = Steady::now() + command_.kill_after;
        const std::vector<pid_t> all = descendants_of(::getpid());
        signal_all(all, SIGTERM);
        signal_all(all, SIGCONT);  // one that is stopped would not hear of it
    }

    void kill_all() {
        if (phase_ == Phase::killing) return;
        if (phase_ == Phase::running) end_.cause = SupervisedEnd::Cause::stopped;
        phase_ = Phase::killing;
        kill_at_ = Steady::now();
        give_up_at_ = Steady::now() + killing_max;
    }

public:
    /// After `run`.
    int left() const { return childless_ ? 0 : static_cast<int>(descendants_of(::getpid()).size()); }

private:
    const SupervisedCommand& command_;
    SupervisedEnd end_;
    Outlet output_;
    Outlet errors_;
    pid_t main_ = 0;
    int signals_ = -1;
    bool control_open_ = true;
    bool main_ended_ = false;
    bool childless_ = true;
    Phase phase_ = Phase::running;
    Steady::time_point last_beat_;
    Steady::time_point timeout_at_ = Steady::time_point::max();
    Steady::time_point kill_at_ = Steady::time_point::max();
    Steady::time_point give_up_at_ = Steady::time_point::max();
};

}  // namespace

int supervise(const SupervisedCommand& command) {
    Supervision supervision(command);
    SupervisedEnd end = supervision.run();
    end.left = supervision.left();
    const std::string report = end.to_report();
    std::string_view rest = report;
    while (!rest.empty()) {
        const ssize_t written = ::write(STDOUT_FILENO, rest.data(), rest.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return 1;
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
}

}  // namespace postrider
