#include "tests/support/memory_outbox.h"

#include "lib/dispatch/result_metadata.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <stdexcept>

namespace postrider::testing {

namespace {

/// How long an attempt of a living daemon's own is left to it before it may be taken up anew.
constexpr std::chrono::minutes left_to_itself{1};

}  // namespace

MemoryOutbox::MemoryOutbox(Executor executor, MemoryDatabase& database, std::function<DaemonId()> daemon)
    : read_answers(executor),
      claim_answers(executor),
      record_requests(executor),
      executor_(executor),
      database_(database),
      daemon_(std::move(daemon)) {}

Task<> MemoryOutbox::arrive(std::string_view call) {
    co_await boost::asio::post(executor_, boost::asio::use_awaitable);
    ++calls[std::string(call)];
    if (on_arrival) on_arrival(call);
    if (away) throw std::runtime_error("the database is away");
}

Task<> MemoryOutbox::answer(std::string_view call) {
    co_await boost::asio::post(executor_, boost::asio::use_awaitable);
    const auto lost = lose_answers.find(call);
    if (lost == lose_answers.end() || lost->second == 0) co_return;
    --lost->second;
    throw std::runtime_error("the database went away before it answered");
}

Task<std::vector<OutgoingMessage>> MemoryOutbox::read_due(MessageKey after, TimePoint until,
                                                          std::size_t limit) {
    co_await arrive("read_due");
    std::vector<OutgoingMessage> due;
    for (const auto& [id, row] : database_.rows) {
        const MessageKey key{row.send_date, id};
        if (row.waits() && key > after && row.send_date <= until) due.push_back(database_.read(id));
    }
    std::sort(due.begin(), due.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
    due.erase(due.begin() + static_cast<std::ptrdiff_t>(std::min(limit, due.size())), due.end());
    co_await read_answers.pass();
    co_await answer("read_due");
    co_return due;
}

Task<std::vector<OutgoingMessage>> MemoryOutbox::read(std::vector<MessageId> ids) {
    co_await arrive("read");
    std::vector<OutgoingMessage> found;
    for (MessageId id : ids) {
        const auto row = database_.rows.find(id);
        if (row != database_.rows.end() && row->second.waits()) found.push_back(database_.read(id));
    }
    co_await answer("read");
    co_return found;
}

bool MemoryOutbox::may_claim(const ClaimRequest& request, DaemonId daemon, TimePoint now) const {
    const auto found = database_.rows.find(request.message_id);
    if (found == database_.rows.end() || !database_.is_alive(daemon)) return false;
    const MemoryDatabase::Row& row = found->second;
    return row.waits() && row.send_date <= now && !row.locked &&
           std::to_string(row.version) == request.row_version && row.media_count == request.media_count &&
           database_.owns(daemon, request.shard);
}

Task<std::vector<Claim>> MemoryOutbox::claim(std::vector<ClaimRequest> requests, TimePoint now) {
    const DaemonId daemon = daemon_();
    co_await arrive("claim");
    claims_asked.push_back(requests);
    std::vector<Claim> claims;
    for (const ClaimRequest& request : requests) {
        if (!may_claim(request, daemon, now)) continue;
        auto open = database_.open.find(request.message_id);
        if (open == database_.open.end()) {
            const MemoryDatabase::Attempt attempt{++database_.last_attempt, daemon, request, now,
                                                  database_.clock.now()};
            open = database_.open.emplace(request.message_id, attempt).first;
        } else if (open->second.daemon != daemon ||
                   open->second.request.idempotency_key != request.idempotency_key) {
            continue;
        }
        open->second.request = request;
        const AttemptKey key{open->second.id, request.idempotency_key, open->second.first_sent};
        claims.push_back(Claim{request.message_id, key});
    }
    co_await claim_answers.pass();
    co_await answer("claim");
    co_return claims;
}

Task<> MemoryOutbox::withdraw(std::vector<std::string> idempotency_keys) {
    const DaemonId daemon = daemon_();
    co_await arrive("withdraw");
    for (const std::string& key : idempotency_keys) {
        std::erase_if(database_.open, [&](const auto& open) {
            return open.second.daemon == daemon && open.second.request.idempotency_key == key;
        });
    }
    co_await answer("withdraw");
}

Task<> MemoryOutbox::record(std::vector<AttemptResult> results) {
    co_await record_requests.pass();
    co_await arrive("record");
    TimePoint ended = TimePoint::min();
    for (const AttemptResult& result : results) {
        ended = std::max(ended, result.ended);
        if (poisoned.contains(result.message_id)) throw std::runtime_error("a result cannot be written");
    }
    for (const AttemptResult& result : results) {
        const auto open = std::find_if(database_.open.begin(), database_.open.end(),
                                       [&](const auto& each) { return each.second.id == result.attempt_id; });
        if (open == database_.open.end()) continue;
        database_.history.push_back(
            {open->second, result.outcome.verdict, result.outcome.reason, result.outcome.provider_id});
        database_.open.erase(open);
        write(result, ended);
    }
    co_await answer("record");
}

void MemoryOutbox::write(const AttemptResult& result, TimePoint ended) {
    if (result.disposition == Disposition::waiting) {
        database_.retries[result.message_id] = {result.failed_attempts, result.retry_at,
                                                result.outcome.reason};
        return;
    }
    database_.retries.erase(result.message_id);
    const auto found = database_.rows.find(result.message_id);
    if (found == database_.rows.end()) return;
    const bool unchanged =
        std::to_string(found->second.version) == result.row_version && !found->second.sent_date;
    database_.edit(result.message_id, [&](MemoryDatabase::Row& row) {
        row.ready = false;
        row.sent_date = ended;
        row.errored = result.disposition == Disposition::given_up;
        row.metadata = metadata_after(result, unchanged ? result.transmission_metadata : row.metadata);
    });
}

Task<std::vector<OpenAttempt>> MemoryOutbox::adopt_open_attempts() {
    const DaemonId daemon = daemon_();
    co_await arrive("adopt");
    std::vector<OpenAttempt> adopted;
    for (auto& [id, attempt] : database_.open) {
        const bool of_the_dead = !database_.is_alive(attempt.daemon) &&
                                 database_.owns(daemon, attempt.request.shard) && database_.is_alive(daemon);
        const bool own = attempt.daemon == daemon && attempt.claimed < database_.clock.now() - left_to_itself;
        if (!of_the_dead && !own) continue;
        attempt.daemon = daemon;
        OpenAttempt open;
        open.attempt = {attempt.id, attempt.request.idempotency_key, attempt.first_sent};
        open.message_id = id;
        open.channel = attempt.request.channel;
        open.destination = Address(attempt.request.destination);
        open.content_hash = attempt.request.content_hash;
        adopted.push_back(std::move(open));
    }
    co_await answer("adopt");
    co_return adopted;
}

}  // namespace postrider::testing
