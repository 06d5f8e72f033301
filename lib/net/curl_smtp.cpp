#include "lib/async/wakeup.h"
#include "lib/log/log.h"
#include "lib/net/smtp_client.h"
#include "lib/net/smtp_sessions.h"
#include "lib/net/smtp_transfer.h"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <fmt/format.h>

#include <atomic>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace postrider {

namespace {

using namespace std::chrono_literals;

constexpr auto look_every = 100ms;  // whether anybody still waits

/// One message on its way, shared by the loop and the thread that sends it.
struct Job {
    Job(const Executor& executor, SmtpRequest what, SendGate when)
        : done(executor), request(std::move(what)), gate(std::move(when)) {}
    Wakeup done;
    SmtpRequest request;
    SendGate gate;  // called on the loop only, and only while somebody waits
    SmtpResult result;
    std::atomic<bool> abandoned{false};
};

using Multi = std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)>;

/// A server's threads, and the sessions that none of them uses now, the last used at the end.
struct Server {
    explicit Server(std::size_t count) : threads(count) {}

    Multi take() {
        const std::lock_guard lock(mutex);
        if (idle.empty()) return {curl_multi_init(), &curl_multi_cleanup};
        Multi multi = std::move(idle.back());
        idle.pop_back();
        return multi;
    }
    void give_back(Multi multi) {
        const std::lock_guard lock(mutex);
        idle.push_back(std::move(multi));
    }

    std::mutex mutex;
    std::vector<Multi> idle;  // under mutex
    boost::asio::thread_pool threads;
};

/// Even on its multi interface libcurl waits for the answer to a message's end, and to QUIT, without giving way:
/// on the loop, one slow server would hold up everything. So each server has threads of its own.
class CurlSmtp final : public SmtpClient {
public:
    CurlSmtp(Executor executor, SmtpClientLimits limits)
        : executor_(std::move(executor)), limits_(limits), sessions_(limits.session_messages_max) {
        curl_global_init(CURL_GLOBAL_DEFAULT);
    }
    ~CurlSmtp() override {
        closing_ = true;
        sessions_.shut_all();
        for (auto& [name, server] : servers_) server->threads.stop();
        for (auto& [name, server] : servers_) server->threads.join();
    }

    Task<SmtpResult> send(SmtpRequest request, SendGate gate) override {
        struct Abandon {
            explicit Abandon(Job& what) : job(what) {}
            Abandon(const Abandon&) = delete;
            Abandon& operator=(const Abandon&) = delete;
            ~Abandon() { job.abandoned = true; }
            Job& job;
        };
        Server& server = server_of(request);
        const auto job = std::make_shared<Job>(executor_, std::move(request), std::move(gate));
        const Abandon abandon(*job);
        boost::asio::post(server.threads, [this, job, &server]() mutable {
            job->result = perform(job, server);
            boost::asio::post(executor_, [job = std::move(job)] { job->done.ring(); });
        });
        co_await job->done.wait();
        co_return std::move(job->result);
    }

private:
    /// Apart by their security: libcurl would take a session without TLS for one that must have it.
    Server& server_of(const SmtpRequest& request) {
        auto& server =
            servers_[fmt::format("{}:{} {}", request.host, request.port, static_cast<int>(request.security))];
        if (!server) server = std::make_unique<Server>(limits_.sessions_per_server_max);
        return *server;
    }

    SmtpResult perform(const std::shared_ptr<Job>& job, Server& server) {
        SendGate gate = [this, job] { return asked_on_loop(job); };
        SmtpTransfer transfer(std::move(job->request), std::move(gate), limits_, sessions_);
        if (!transfer.usable()) return transfer.take_result();
        Multi multi = server.take();
        if (!multi || curl_multi_add_handle(multi.get(), transfer.easy()) != CURLM_OK) {
            transfer.end(CURLE_FAILED_INIT);
            return transfer.take_result();
        }
        const bool well = drive(multi.get(), *job, transfer);
        curl_multi_remove_handle(multi.get(), transfer.easy());
        SmtpResult result = transfer.take_result();
        // libcurl would also keep a session of which it could make no sense.
        if (well) server.give_back(std::move(multi));
        return result;
    }

    /// Whether it came to a good end.
    bool drive(CURLM* multi, const Job& job, SmtpTransfer& transfer) const {
        while (!job.abandoned && !closing_) {
            int left = 0;
            curl_multi_perform(multi, &left);
            while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
                if (message->msg != CURLMSG_DONE) continue;
                transfer.end(message->data.result);
                return message->data.result == CURLE_OK;
            }
            curl_multi_poll(multi, nullptr, 0, look_every.count(), nullptr);
        }
        transfer.end(CURLE_ABORTED_BY_CALLBACK);
        return false;
    }

    /// Whoever may grant the send lives on the loop.
    bool asked_on_loop(const std::shared_ptr<Job>& job) {
        const auto answer = std::make_shared<std::promise<bool>>();
        std::future<bool> granted = answer->get_future();
        boost::asio::post(executor_, [job, answer] {
            bool grants = false;
            try {
                grants = !job->abandoned && (!job->gate || job->gate());
            } catch (...) {
                log::error("a send's gate failed; the message was not sent");
            }
            answer->set_value(grants);
        });
        while (granted.wait_for(look_every) != std::future_status::ready) {
            if (job->abandoned || closing_) return false;
        }
        return granted.get();
    }

    const Executor executor_;
    const SmtpClientLimits limits_;
    std::atomic<bool> closing_{false};
    SmtpSessions sessions_;
    std::map<std::string, std::unique_ptr<Server>> servers_;
};

}  // namespace

std::unique_ptr<SmtpClient> make_smtp_client(Executor executor, SmtpClientLimits limits) {
    return std::make_unique<CurlSmtp>(std::move(executor), limits);
}

}  // namespace postrider
