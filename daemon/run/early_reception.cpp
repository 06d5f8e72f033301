#include "daemon/run/early_reception.h"

#include "daemon/run/spooling.h"
#include "lib/async/deadline.h"
#include "lib/log/log.h"
#include "lib/spool/known_installation.h"

namespace postrider {

namespace {

constexpr unsigned file_threads = 1;
constexpr std::chrono::milliseconds drain_look_every{5};

}  // namespace

ServerAnswer not_ready_answer() {
    ServerAnswer answer;
    answer.status = 503;
    answer.body = "not ready yet\n";
    answer.headers = {{"Retry-After", "5"}};
    return answer;
}

/// Nothing is known of what is in the database.
class EarlyReception::AwayStore final : public InboxStore {
public:
    Task<std::vector<KeptEntry>> store(std::vector<InboxEntry> /*entries*/) override { throw away(); }
    void set_forwards(ForwardTargets /*targets*/) override {}
    Task<std::vector<std::string>> read_blocked_senders() override { co_return std::vector<std::string>(); }
    Task<AppliedReports> apply_reports(std::size_t /*limit*/) override { throw away(); }

private:
    static std::runtime_error away() { return std::runtime_error("the database has not been found yet"); }
};

std::unique_ptr<EarlyReception> EarlyReception::open(const Executor& executor, const Config& config,
                                                     Metrics& metrics) {
    const std::filesystem::path folder = spool_folder(config.spool);
    const auto known = recall_installation(folder, config.database.url);
    if (!known) return nullptr;
    try {
        auto spool = open_sqlite_spool(folder, {.identity = known->identity});
        log::info("webhooks go to the spool until the database is found");
        return std::unique_ptr<EarlyReception>(
            new EarlyReception(executor, config, metrics, known->hash_salt, std::move(spool)));
    } catch (const std::exception& error) {
        log::warn("no webhook can be taken until the database is found", {{"reason", error.what()}});
        return nullptr;
    }
}

EarlyReception::EarlyReception(const Executor& executor, const Config& config, Metrics& metrics,
                               const Secret& hash_salt, std::unique_ptr<Spool> spool)
    : clock_(executor),
      privacy_(config.encryption, hash_salt),
      random_(make_system_random()),
      store_(std::make_unique<AwayStore>()),
      spool_(std::move(spool)),
      replies_(executor, clock_),
      files_(file_threads),
      reception_({.executor = executor,
                  .clock = clock_,
                  .random = *random_,
                  .privacy = privacy_,
                  .store = *store_,
                  .replies = replies_,
                  .files = files_,
                  .media_root = config.media.root,
                  .phone_region = config.phone_region,
                  .spool = spool_.get(),
                  .metrics = &metrics,
                  .on_stored = [] {}}) {
    reconfigure(config);
    reception_.start();
}

void EarlyReception::reconfigure(const Config& config) {
    reception_.set_listen(config.listen);
    reception_.set_channels(config.channels);
    has_switchboard_ = config.switchboard;
}

EarlyReception::~EarlyReception() = default;

Task<ServerAnswer> EarlyReception::answer(ServerRequest request) {
    ++answering_;
    std::exception_ptr failure;
    ServerAnswer answer;
    try {
        answer = co_await reception_.answer(std::move(request));
    } catch (...) {
        failure = std::current_exception();
    }
    --answering_;
    if (failure) std::rethrow_exception(failure);
    // It may be for a channel that only the database knows.
    if (has_switchboard_ && (answer.status == 403 || answer.status == 404)) co_return not_ready_answer();
    co_return answer;
}

Task<> EarlyReception::stop() {
    while (answering_ > 0) co_await sleep_for(drain_look_every);
    co_await reception_.stop();
    spool_.reset();
}

}  // namespace postrider
