#pragma once

#include "lib/async/task_group.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace postrider::testing {

/// A message as an SMTP server has it.
struct Mail {
    std::string sender;
    std::vector<std::string> recipients;
    std::string content;  ///< without dot-stuffing
    int session = 0;      ///< of the connections, the first is 1
    bool authenticated = false;
    std::string ehlo;  ///< what the client calls itself

    /// The value of a header that is in one line; "" without it.
    std::string header(const std::string& name) const;
};

/// What the imitation does with a message.
struct SmtpBehaviour {
    enum class Stage { greeting, mail, rcpt, data, end };
    /// `reply` (such as `550 5.1.1 no such user`) in place of the good one, at that stage.
    Stage stage = Stage::end;
    std::string reply = {};
    bool accepts = true;                 ///< the message, once its end has come
    bool closes = false;                 ///< without a reply, at that stage
    bool hangs = false;                  ///< at that stage, until the client goes
    bool holds = false;                  ///< its reply, at that stage, until `release`
    std::chrono::milliseconds delay{0};  ///< before the reply, at that stage

    static SmtpBehaviour refuse(Stage stage, std::string reply);
    static SmtpBehaviour lose_answer(bool accepts);
};

/// A strict imitation of an SMTP server (RFC 5321, without TLS), on a free port of 127.0.0.1 and a thread of
/// its own. What breaks the protocol is answered by 5xx and counted. All members: any thread.
class SmtpImitation {
public:
    struct Settings {
        bool offers_authentication = true;
        std::string user = "postrider";
        std::string password = "imitated-password";
        std::size_t size_max = 10 << 20;
    };
    SmtpImitation() : SmtpImitation(Settings{}) {}
    explicit SmtpImitation(Settings settings);
    SmtpImitation(const SmtpImitation&) = delete;
    SmtpImitation& operator=(const SmtpImitation&) = delete;
    ~SmtpImitation();

    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

    /// For the next message that has none yet; of a greeting: for the next session.
    void next(SmtpBehaviour behaviour);
    void release() { released_ = true; }
    /// For all that no `next` was said for.
    void by_default(SmtpBehaviour behaviour);

    std::vector<Mail> accepted() const;
    std::size_t tried() const;  ///< messages whose transaction began
    int sessions() const;
    int open_sessions() const { return open_sessions_; }
    int quits() const;
    int protocol_faults() const;  ///< breaches of RFC 5321
    bool wait_for_accepted(std::size_t count, std::chrono::milliseconds timeout) const;
    bool wait_for_tries(std::size_t count, std::chrono::milliseconds timeout) const;

private:
    class Session;
    Task<> accept();
    Task<> serve(boost::asio::ip::tcp::socket socket, int number);
    SmtpBehaviour take_behaviour();
    SmtpBehaviour greeting_behaviour();

    const Settings settings_;
    mutable std::mutex mutex_;  // guards what follows
    mutable std::condition_variable changed_;
    std::deque<SmtpBehaviour> behaviours_;
    SmtpBehaviour default_behaviour_;
    std::vector<Mail> accepted_;
    std::size_t tried_ = 0;
    int sessions_ = 0;
    int quits_ = 0;
    int protocol_faults_ = 0;
    std::atomic<bool> released_{false};
    std::atomic<int> open_sessions_{0};
    boost::asio::io_context io_{1};
    boost::asio::ip::tcp::acceptor acceptor_;
    TaskGroup group_;
    std::thread thread_;
};

}  // namespace postrider::testing
