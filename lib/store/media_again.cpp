#include "lib/store/media_again.h"

#include "lib/store/installation.h"
#include "lib/store/media_errors.h"
#include "lib/store/sql_time.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <limits>

namespace postrider {

namespace {

constexpr int batch_max = 500;

/// Of the media `p`.
constexpr const char* is_missing =
    "coalesce(p.content_file, '') = '' and p.content_url like 'http%' "
    "and not exists (select from postrider.media_fetch f where f.media_id = p.id)";

pqxx::result messages_after(pqxx::connection& connection, long long last, TimePoint since) {
    return pqxx::nontransaction(connection)
        .exec_params(fmt::format("select m.id, coalesce(postrider.metadata_text(m.transmission_metadata, "
                                 "'message_channel'), ''), count(*) from simple_messaging_incomingmessage m "
                                 "join simple_messaging_incomingmessagemedia p on p.message_id = m.id "
                                 "where m.id > $1::bigint and m.receive_date >= {} and {} "
                                 "group by m.id order by m.id limit $3::int",
                                 sql_timestamp("$2::bigint"), is_missing),
                     last, to_sql_time(since), batch_max);
}

/// Returns how many files of the message are to be fetched.
long long queue(pqxx::connection& connection, long long message, const std::string& channel) {
    pqxx::work transaction(connection);
    // Before its files, as whoever ends a fetch has it.
    const pqxx::result row = transaction.exec_params(
        "select transmission_metadata from simple_messaging_incomingmessage where id = $1::bigint for update",
        message);
    std::set<int> indices;
    for (const pqxx::row& each : transaction.exec_params(
             fmt::format("with queued as (insert into postrider.media_fetch (media_id, message_id, channel) "
                         "select p.id, p.message_id, $2 from simple_messaging_incomingmessagemedia p "
                         "where p.message_id = $1::bigint and {} on conflict do nothing returning media_id) "
                         "update simple_messaging_incomingmessagemedia p set content_file = null from queued "
                         "where p.id = queued.media_id and coalesce(p.content_file, '') = '' "
                         "returning p.\"index\"",
                         is_missing),
             message, channel))
        indices.insert(each[0].as<int>());
    if (indices.empty()) return 0;  // somebody was faster
    if (!row[0][0].is_null())
        transaction.exec_params(
            "update simple_messaging_incomingmessage set transmission_metadata = $2 where id = $1::bigint",
            message, without_media_errors(row[0][0].c_str(), indices));
    transaction.commit();
    return static_cast<long long>(indices.size());
}

}  // namespace

MissingMedia fetch_media_again(const DatabaseSettings& settings, TimePoint since,
                               const std::set<std::string>& channels, bool dry_run) {
    const auto connection = open_connection(settings);
    inspect_installation(*connection);
    MissingMedia missing;
    for (long long last = std::numeric_limits<long long>::min();;) {
        const pqxx::result batch = messages_after(*connection, last, since);
        if (batch.empty()) return missing;
        for (const pqxx::row& row : batch) {
            last = row[0].as<long long>();
            const std::string channel = row[1].c_str();
            const auto files = row[2].as<long long>();
            if (!channels.contains(channel)) {
                missing.left += files;
            } else {
                missing.queued += dry_run ? files : queue(*connection, last, channel);
            }
        }
    }
}

}  // namespace postrider
