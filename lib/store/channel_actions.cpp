#include "lib/store/channel_actions.h"

#include "lib/store/installation.h"
#include "lib/store/suspension_rows.h"
#include "lib/text/utf8.h"

#include <pqxx/pqxx>

namespace postrider {

namespace {

constexpr const char* notify = "notify postrider_suspensions";

}  // namespace

ChannelActions::ChannelActions(const DatabaseSettings& settings) : connection_(open_connection(settings)) {
    inspect_installation(*connection_);
}

ChannelActions::~ChannelActions() = default;

long long ChannelActions::suspend(const std::string& channel, std::optional<std::chrono::seconds> duration,
                                  const std::string& reason) {
    pqxx::work transaction(*connection_);
    // Waits for the claims under way, which have read the table; those that follow wait for us.
    transaction.exec("lock table postrider.suspension in access exclusive mode");
    const std::string seconds = duration ? std::to_string(duration->count()) : "";
    transaction.exec_params(
        "insert into postrider.suspension (channel, cause, until, reason) "
        "values ($1, 'operator', now() + make_interval(secs => nullif($2, '')::double precision), $3) "
        "on conflict (channel, cause) do update set since = now(), until = excluded.until, "
        "reason = excluded.reason",
        channel, seconds, storable(reason));
    const auto under_way = transaction
                               .exec_params(
                                   "select count(*) from postrider.attempt where doubt_since is null "
                                   "and ($1 = '' or channel = $1)",
                                   channel)[0][0]
                               .as<long long>();
    transaction.exec(notify);
    transaction.commit();
    return under_way;
}

bool ChannelActions::resume(const std::string& channel) {
    pqxx::work transaction(*connection_);
    bool suspended = !transaction
                          .exec_params(
                              "delete from postrider.suspension where cause = 'operator' "
                              "and ($1 = '' or channel = $1) returning channel",
                              channel)
                          .empty();
    if (channel.empty()) {
        suspended |= transaction.exec("select postrider.suspend_if_copy()")[0][0].as<bool>();
        transaction.exec("select postrider.accept_identity()");
    }
    transaction.exec(notify);
    transaction.commit();
    return suspended;
}

std::vector<Suspension> ChannelActions::list() {
    pqxx::nontransaction session(*connection_);
    return read_suspensions(session);
}

}  // namespace postrider
