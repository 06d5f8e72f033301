#include "lib/store/forward_actions.h"

#include "lib/store/forward_writer.h"
#include "lib/store/installation.h"
#include "lib/store/sql_array.h"

#include <pqxx/pqxx>

namespace postrider {

namespace {

/// Parameters 1 to 4: ids, whether they matter, an endpoint, and whether dead.
constexpr const char* which =
    "(not $2::boolean or f.id = any ($1::bigint[])) and ($3 = '' or f.endpoint = $3) "
    "and ($4::boolean is null or (f.dead is not null) = $4::boolean)";

std::string ids_of(const ForwardFilter& filter) {
    SqlArray ids;
    for (const std::int64_t each : filter.ids) ids.add(static_cast<long long>(each));
    return ids.text();
}

const char* deadness(const ForwardFilter& filter) {
    if (!filter.dead) return nullptr;
    return *filter.dead ? "t" : "f";
}

}  // namespace

ForwardActions::ForwardActions(const DatabaseSettings& settings) : connection_(open_connection(settings)) {
    inspect_installation(*connection_);
}

ForwardActions::~ForwardActions() = default;

std::vector<UntoldForward> ForwardActions::list(const ForwardFilter& filter, std::size_t limit) {
    pqxx::nontransaction session(*connection_);
    std::vector<UntoldForward> all;
    for (const pqxx::row& row : session.exec_params(
             std::string("select f.id, f.endpoint, case when f.dead is null then 'waiting' else 'dead' end, "
                         "f.event, f.message_id, f.created, f.tries, case when f.dead is null "
                         "and isfinite(f.not_before) then f.not_before end, f.reason from postrider.forward "
                         "f where ") +
                 which + " order by f.id limit $5::bigint",
             ids_of(filter), !filter.ids.empty(), filter.endpoint, deadness(filter),
             static_cast<long long>(limit))) {
        UntoldForward& each = all.emplace_back();
        each.id = row[0].as<std::int64_t>();
        each.endpoint = row[1].c_str();
        each.state = row[2].c_str();
        each.event = row[3].c_str();
        each.message_id = row[4].as<std::int64_t>();
        each.created = row[5].c_str();
        each.tries = row[6].as<int>();
        each.next_try = row[7].c_str();
        each.reason = row[8].c_str();
    }
    return all;
}

std::size_t ForwardActions::redrive(const ForwardFilter& filter) {
    pqxx::work transaction(*connection_);
    // What a daemon is at just now is left alone.
    const auto count =
        transaction
            .exec_params(std::string("update postrider.forward f set dead = null, redriven = "
                                     "clock_timestamp(), not_before = clock_timestamp(), tries = 0 "
                                     "where f.daemon_id is null and ") +
                             which,
                         ids_of(filter), !filter.ids.empty(), filter.endpoint, deadness(filter))
            .affected_rows();
    transaction.commit();
    return count;
}

std::size_t ForwardActions::discard(const ForwardFilter& filter) {
    pqxx::work transaction(*connection_);
    std::vector<EndedForward> ended;
    for (const pqxx::row& row :
         transaction.exec_params(std::string("delete from postrider.forward f where ") + which +
                                     " returning f.endpoint, f.conversation",
                                 ids_of(filter), !filter.ids.empty(), filter.endpoint, deadness(filter)))
        ended.push_back({row[0].c_str(), row[1].c_str()});
    release_next(transaction, ended);
    transaction.commit();
    return ended.size();
}

}  // namespace postrider
