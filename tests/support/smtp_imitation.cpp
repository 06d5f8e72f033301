#include "tests/support/smtp_imitation.h"

#include "lib/async/deadline.h"
#include "tests/support/base64.h"

#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <optional>

namespace postrider::testing {

namespace {

namespace asio = boost::asio;
using Stage = SmtpBehaviour::Stage;

/// What stands in `<…>` behind `command`; nullopt if the line is not so.
std::optional<std::string> address_in(const std::string& line, const std::string& command) {
    if (!line.starts_with(command + "<")) return std::nullopt;
    const auto end = line.find('>');
    if (end == std::string::npos) return std::nullopt;
    return line.substr(command.size() + 1, end - command.size() - 1);
}

}  // namespace

std::string Mail::header(const std::string& name) const {
    const std::string head = "\r\n" + content.substr(0, content.find("\r\n\r\n")) + "\r\n";
    const auto at = head.find("\r\n" + name + ": ");
    if (at == std::string::npos) return "";
    const auto begin = at + name.size() + 4;
    return head.substr(begin, head.find("\r\n", begin) - begin);
}

SmtpBehaviour SmtpBehaviour::refuse(Stage stage, std::string reply) {
    SmtpBehaviour behaviour;
    behaviour.stage = stage;
    behaviour.reply = std::move(reply);
    behaviour.accepts = false;
    return behaviour;
}

SmtpBehaviour SmtpBehaviour::lose_answer(bool accepts) {
    SmtpBehaviour behaviour;
    behaviour.accepts = accepts;
    behaviour.closes = true;
    return behaviour;
}

/// One connection.
class SmtpImitation::Session {
public:
    Session(asio::ip::tcp::socket socket, SmtpImitation& server, int number)
        : socket_(std::move(socket)), server_(server), number_(number) {
        ++server_.open_sessions_;
    }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session() { --server_.open_sessions_; }

    Task<> run() {
        const SmtpBehaviour greeting = server_.greeting_behaviour();
        const bool goes_on = co_await at_stage(Stage::greeting, greeting, "220 imitation ESMTP");
        if (!goes_on || !greeting.reply.empty()) co_return;
        for (;;) {
            std::string line = co_await read_to("\r\n");
            if (line.empty()) co_return;
            line.resize(line.size() - 2);
            const bool more = co_await obey(line);
            if (!more) co_return;
        }
    }

private:
    Task<std::string> read_to(std::string end) {
        boost::system::error_code error;
        const std::size_t size = co_await asio::async_read_until(
            socket_, asio::dynamic_buffer(unread_), end, asio::redirect_error(asio::use_awaitable, error));
        std::string text = error ? "" : unread_.substr(0, size);
        unread_.erase(0, text.size());
        co_return text;
    }

    Task<bool> say(std::string reply) {
        reply += "\r\n";
        boost::system::error_code error;
        co_await asio::async_write(socket_, asio::buffer(reply),
                                   asio::redirect_error(asio::use_awaitable, error));
        co_return !error;
    }

    /// False where the session is over.
    Task<bool> at_stage(Stage stage, const SmtpBehaviour& behaviour, std::string good) {
        if (behaviour.stage == stage) {
            if (behaviour.closes) co_return false;
            while (behaviour.holds && !server_.released_) co_await sleep_for(std::chrono::milliseconds{1});
            while (behaviour.hangs) co_await sleep_for(std::chrono::hours{1});
            if (behaviour.delay.count() > 0) co_await sleep_for(behaviour.delay);
            if (!behaviour.reply.empty()) good = behaviour.reply;
        }
        const bool said = co_await say(std::move(good));
        co_return said && !(behaviour.stage == stage && behaviour.reply.starts_with("421"));
    }

    Task<bool> fault(std::string reply) {
        {
            const std::lock_guard lock(server_.mutex_);
            ++server_.protocol_faults_;
        }
        return say(std::move(reply));
    }

    Task<bool> obey(std::string line) {
        if (line.starts_with("EHLO ")) {
            ehlo_ = line.substr(5);
            std::string answer = "250-imitation\r\n250-SIZE " + std::to_string(server_.settings_.size_max);
            if (server_.settings_.offers_authentication) answer += "\r\n250-AUTH PLAIN";
            co_return co_await say(answer + "\r\n250 ENHANCEDSTATUSCODES");
        }
        if (line.starts_with("AUTH PLAIN")) co_return co_await authenticate(std::move(line));
        if (line.starts_with("MAIL FROM:")) co_return co_await begin(std::move(line));
        if (line.starts_with("RCPT TO:")) co_return co_await add(std::move(line));
        if (line == "DATA") co_return co_await take();
        if (line == "RSET") {
            begun_ = false;
            co_return co_await say("250 2.0.0 ok");
        }
        if (line == "QUIT") {
            {
                const std::lock_guard lock(server_.mutex_);
                ++server_.quits_;
            }
            co_await say("221 2.0.0 bye");
            co_return false;
        }
        co_return co_await fault("500 5.5.2 what?");
    }

    Task<bool> authenticate(std::string line) {
        std::string given = line.size() > 11 ? line.substr(11) : "";
        if (given.empty()) {
            co_await say("334 ");
            given = co_await read_to("\r\n");
            given.resize(given.size() - std::min<std::size_t>(given.size(), 2));
        }
        const auto& settings = server_.settings_;
        const std::string expected =
            base64(std::string("\0", 1) + settings.user + std::string("\0", 1) + settings.password);
        if (given != expected) co_return co_await say("535 5.7.8 no");
        mail_.authenticated = true;
        co_return co_await say("235 2.7.0 welcome");
    }

    Task<bool> begin(std::string line) {
        const auto sender = address_in(line, "MAIL FROM:");
        if (!sender || begun_) co_return co_await fault("503 5.5.1 not now, or no address");
        const bool authenticated = mail_.authenticated;
        mail_ = Mail{};
        mail_.session = number_;
        mail_.ehlo = ehlo_;
        mail_.authenticated = authenticated;
        mail_.sender = *sender;
        behaviour_ = server_.take_behaviour();
        const auto size = line.find(" SIZE=");
        if (size != std::string::npos && std::stoul(line.substr(size + 6)) > server_.settings_.size_max)
            co_return co_await say("552 5.3.4 too big");
        const bool goes_on = co_await at_stage(Stage::mail, behaviour_, "250 2.1.0 ok");
        begun_ = !(behaviour_.stage == Stage::mail && !behaviour_.reply.empty());
        co_return goes_on;
    }

    Task<bool> add(std::string line) {
        const auto recipient = address_in(line, "RCPT TO:");
        if (!recipient || !begun_) co_return co_await fault("503 5.5.1 not now, or no address");
        mail_.recipients.push_back(*recipient);
        co_return co_await at_stage(Stage::rcpt, behaviour_, "250 2.1.5 ok");
    }

    Task<bool> take() {
        if (!begun_ || mail_.recipients.empty()) co_return co_await fault("503 5.5.1 not now");
        const bool takes = co_await at_stage(Stage::data, behaviour_, "354 go on");
        if (!takes) co_return false;
        if (behaviour_.stage == Stage::data && !behaviour_.reply.empty()) co_return true;
        std::string text = co_await read_to("\r\n.\r\n");
        if (text.empty()) co_return false;
        begun_ = false;
        text.resize(text.size() - 3);
        for (std::size_t at = 0; (at = text.find("\r\n.", at)) != std::string::npos; at += 2) {
            text.erase(at + 2, 1);
        }
        if (text.starts_with('.')) text.erase(0, 1);
        mail_.content = std::move(text);
        if (has_bare_line_end(mail_.content)) co_return co_await fault("550 5.5.2 bare line ends");
        std::size_t id = 0;
        {
            const std::lock_guard lock(server_.mutex_);
            if (behaviour_.accepts) server_.accepted_.push_back(mail_);
            id = server_.accepted_.size();
        }
        server_.changed_.notify_all();
        co_return co_await at_stage(Stage::end, behaviour_, "250 2.0.0 Ok: queued as Q" + std::to_string(id));
    }

    static bool has_bare_line_end(const std::string& text) {
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) return true;
            if (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n')) return true;
        }
        return false;
    }

    asio::ip::tcp::socket socket_;
    SmtpImitation& server_;
    const int number_;
    std::string unread_;
    std::string ehlo_;
    Mail mail_;
    bool begun_ = false;
    SmtpBehaviour behaviour_;
};

SmtpImitation::SmtpImitation(Settings settings)
    : settings_(std::move(settings)),
      acceptor_(io_, asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
      group_(io_.get_executor()) {
    group_.spawn("accept", accept());
    thread_ = std::thread([this] { io_.run(); });
}

SmtpImitation::~SmtpImitation() {
    asio::post(io_, [this] {
        acceptor_.close();
        group_.cancel();
    });
    thread_.join();
}

Task<> SmtpImitation::accept() {
    for (;;) {
        boost::system::error_code error;
        auto socket = co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error));
        if (error) co_return;
        int number = 0;
        {
            const std::lock_guard lock(mutex_);
            number = ++sessions_;
        }
        group_.spawn("session", serve(std::move(socket), number));
    }
}

Task<> SmtpImitation::serve(asio::ip::tcp::socket socket, int number) {
    Session session(std::move(socket), *this, number);
    co_await session.run();
}

SmtpBehaviour SmtpImitation::take_behaviour() {
    const std::lock_guard lock(mutex_);
    ++tried_;
    changed_.notify_all();
    if (behaviours_.empty()) return default_behaviour_;
    SmtpBehaviour behaviour = std::move(behaviours_.front());
    behaviours_.pop_front();
    return behaviour;
}

SmtpBehaviour SmtpImitation::greeting_behaviour() {
    const std::lock_guard lock(mutex_);
    if (behaviours_.empty() || behaviours_.front().stage != Stage::greeting) return default_behaviour_;
    SmtpBehaviour behaviour = std::move(behaviours_.front());
    behaviours_.pop_front();
    ++tried_;
    changed_.notify_all();
    return behaviour;
}

void SmtpImitation::next(SmtpBehaviour behaviour) {
    const std::lock_guard lock(mutex_);
    behaviours_.push_back(std::move(behaviour));
}

void SmtpImitation::by_default(SmtpBehaviour behaviour) {
    const std::lock_guard lock(mutex_);
    default_behaviour_ = std::move(behaviour);
}

std::vector<Mail> SmtpImitation::accepted() const {
    const std::lock_guard lock(mutex_);
    return accepted_;
}

std::size_t SmtpImitation::tried() const {
    const std::lock_guard lock(mutex_);
    return tried_;
}

int SmtpImitation::sessions() const {
    const std::lock_guard lock(mutex_);
    return sessions_;
}

int SmtpImitation::quits() const {
    const std::lock_guard lock(mutex_);
    return quits_;
}

int SmtpImitation::protocol_faults() const {
    const std::lock_guard lock(mutex_);
    return protocol_faults_;
}

bool SmtpImitation::wait_for_accepted(std::size_t count, std::chrono::milliseconds timeout) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, timeout, [&] { return accepted_.size() >= count; });
}

bool SmtpImitation::wait_for_tries(std::size_t count, std::chrono::milliseconds timeout) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, timeout, [&] { return tried_ >= count; });
}

}  // namespace postrider::testing
