#include "lib/store/pg_inbox.h"

#include "lib/store/forward_writer.h"
#include "lib/store/prepared.h"
#include "lib/store/refused_content.h"
#include "lib/store/report_writer.h"
#include "lib/store/sql_array.h"
#include "lib/store/sql_time.h"
#include "lib/store/suppression_rows.h"
#include "lib/store/text_list.h"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <set>
#include <unordered_map>

namespace postrider {

namespace {

/// One transport's event; no name of either holds a zero byte.
std::string name_of(const std::string& transport, const std::string& event_key) {
    return transport + '\0' + event_key;
}

struct Statements {
    Statement note{"inbox_note", fmt::format(R"(
        insert into postrider.inbound (transport, event_key, received, replies)
        select e.transport, e.event_key, {}, e.replies
        from unnest($1::text[], $2::text[], $3::bigint[], $4::text[])
            as e(transport, event_key, received, replies)
        order by e.transport, e.event_key  -- two daemons that are told the same do not wait for each other
        on conflict do nothing returning transport, event_key)",
                                             sql_timestamp("e.received"))};
    Statement find{"inbox_find", R"(
        select i.transport, i.event_key, i.replies, coalesce(i.application_replies, '[]'),
               case when i.application_replies is null then i.message_id end
        from unnest($1::text[], $2::text[]) as e(transport, event_key)
        join postrider.inbound i using (transport, event_key))"};
    Statement insert{"inbox_insert", insert_sql(false)};
    Statement insert_with_key{"inbox_insert_with_key", insert_sql(true)};
    Statement await_reply{"inbox_await_reply", R"(
        update postrider.inbound i set message_id = u.message_id
        from unnest($1::text[], $2::text[], $3::bigint[]) as u(transport, event_key, message_id)
        where i.transport = u.transport and i.event_key = u.event_key)"};
    /// With what is to be fetched. A number that comes again after a restore is another file.
    Statement insert_media{"inbox_insert_media", R"(
        with m as materialized (
            select * from unnest($1::bigint[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[])
                as m(message_id, "index", content_url, content_type, content_file, channel)),
        stored as (
            insert into simple_messaging_incomingmessagemedia
                (message_id, "index", content_url, content_type, content_file)
            select message_id, "index", nullif(content_url, ''), content_type, content_file from m
            returning id, message_id, "index")
        insert into postrider.media_fetch (media_id, message_id, channel)
        select s.id, m.message_id, m.channel from stored s
        join m on m.message_id = s.message_id and m."index" = s."index"
        where m.content_file is null and m.content_url not like 'loopback://%' and m.content_url <> ''
        on conflict (media_id) do update set message_id = excluded.message_id, channel = excluded.channel,
            queued = now(), tries = 0, not_before = now(), daemon_id = null, reason = '')"};

    /// The ids come in the order of the messages: the rows are sorted before they get theirs.
    static std::string insert_sql(bool lookup_keys) {
        return fmt::format(R"(
        insert into simple_messaging_incomingmessage
            (sender, recipient, receive_date, message, transmission_metadata{0})
        select m.sender, m.recipient, {1}, m.message, m.metadata{2}
        from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[])
            with ordinality as m(sender, recipient, received, message, metadata, lookup_key, place)
        order by m.place returning id)",
                           lookup_keys ? ", lookup_key" : "", sql_timestamp("m.received"),
                           lookup_keys ? ", m.lookup_key" : "");
    }
};

const Statements& statements() {
    static const Statements all;
    return all;
}

class PgInbox final : public InboxStore {
public:
    PgInbox(Database& database, bool lookup_keys, RowKeeping keeping)
        : database_(database), lookup_keys_(lookup_keys), keeping_(std::move(keeping)) {}

    Task<std::vector<KeptEntry>> store(std::vector<InboxEntry> entries) override {
        auto work = [&, targets = targets_](pqxx::connection& connection) {
            try {
                pqxx::work transaction(connection);
                std::vector<KeptEntry> kept = write(transaction, entries, targets.received);
                transaction.commit();
                return kept;
            } catch (const pqxx::sql_error& error) {
                if (blames_content(error.sqlstate())) throw EntriesRefused(error.what());
                throw;
            }
        };
        co_return co_await database_.run(std::ref(work));
    }

    Task<std::vector<std::string>> read_blocked_senders() override {
        auto work = [](pqxx::connection& connection) {
            pqxx::nontransaction session(connection);
            std::vector<std::string> senders;
            if (session.exec("select to_regclass('simple_messaging_blockedsender')")[0][0].is_null())
                return senders;
            for (const pqxx::row& row :
                 session.exec("select sender from simple_messaging_blockedsender order by id"))
                senders.emplace_back(row[0].c_str());
            return senders;
        };
        co_return co_await database_.run(work);
    }

    Task<AppliedReports> apply_reports(std::size_t limit) override {
        auto work = [this, limit, targets = targets_](pqxx::connection& connection) {
            pqxx::work transaction(connection);
            AppliedReports applied = write_reports(transaction, limit, keeping_, targets.reports);
            transaction.commit();
            return applied;
        };
        co_return co_await database_.run(work);
    }

    void set_forwards(ForwardTargets targets) override { targets_ = std::move(targets); }

private:
    std::vector<KeptEntry> write(pqxx::transaction_base& transaction, const std::vector<InboxEntry>& entries,
                                 const std::vector<std::string>& told) const {
        std::vector<KeptEntry> kept(entries.size());
        keep_messages(transaction, entries, kept, told);
        keep_reports(transaction, entries, kept);
        for (std::size_t i = 0; i < entries.size(); ++i) {
            // Of what comes again somebody may have changed his mind since.
            if (kept[i].is_new && entries[i].suppression)
                change_suppression(transaction, *entries[i].suppression);
        }
        return kept;
    }

    void keep_messages(pqxx::transaction_base& transaction, const std::vector<InboxEntry>& entries,
                       std::vector<KeptEntry>& kept, const std::vector<std::string>& told) const {
        SqlArray transports, keys, received, replies;
        std::unordered_map<std::string, std::size_t> first;  // of several that are the same
        for (std::size_t i = 0; i < entries.size(); ++i) {
            const InboxEntry& entry = entries[i];
            if (!entry.message) continue;
            if (!first.emplace(name_of(entry.transport, entry.event_key), i).second) continue;
            transports.add(std::string_view(entry.transport));
            keys.add(std::string_view(entry.event_key));
            received.add(to_sql_time(entry.received));
            replies.add(std::string_view(to_text_list(entry.message->replies)));
        }
        if (first.empty()) return;
        std::set<std::string> noted;
        for (const pqxx::row& row : exec(transaction, statements().note, transports.text(), keys.text(),
                                         received.text(), replies.text()))
            noted.insert(name_of(row[0].c_str(), row[1].c_str()));
        std::unordered_map<std::string, KeptEntry> earlier;
        if (noted.size() < first.size()) {
            for (const pqxx::row& row : exec(transaction, statements().find, transports.text(), keys.text()))
                earlier.emplace(name_of(row[0].c_str(), row[1].c_str()), kept_before(row));
        }
        std::vector<const InboxEntry*> fresh;
        std::vector<std::size_t> places;
        for (std::size_t i = 0; i < entries.size(); ++i) {
            const InboxEntry& entry = entries[i];
            if (!entry.message) continue;
            const std::string name = name_of(entry.transport, entry.event_key);
            const std::size_t own = first.at(name);
            const auto before = earlier.find(name);
            if (before != earlier.end()) kept[i] = before->second;
            if (before == earlier.end()) kept[i].replies = entries[own].message->replies;
            kept[i].is_new = own == i && noted.contains(name);
            if (!kept[i].is_new) continue;
            fresh.push_back(&entry);
            places.push_back(i);
        }
        if (fresh.empty()) return;
        const std::vector<std::int64_t> ids = insert_messages(transaction, fresh);
        announce(transaction, fresh, ids, told);
        await_replies(transaction, fresh, ids);
        for (std::size_t n = 0; n < fresh.size(); ++n) {
            if (fresh[n]->message->awaits_reply) kept[places[n]].unanswered = ids[n];
        }
        for (std::size_t i = 0; i < entries.size(); ++i) {
            if (entries[i].message)
                kept[i].unanswered =
                    kept[first.at(name_of(entries[i].transport, entries[i].event_key))].unanswered;
        }
    }

    static KeptEntry kept_before(const pqxx::row& row) {
        KeptEntry kept{.is_new = false, .replies = read_text_list(row[2].c_str())};
        for (std::string& each : read_text_list(row[3].c_str())) kept.replies.push_back(std::move(each));
        if (!row[4].is_null()) kept.unanswered = row[4].as<std::int64_t>();
        return kept;
    }

    static void await_replies(pqxx::transaction_base& transaction,
                              const std::vector<const InboxEntry*>& entries,
                              const std::vector<std::int64_t>& ids) {
        SqlArray transports, keys, messages;
        bool any = false;
        for (std::size_t i = 0; i < entries.size(); ++i) {
            if (!entries[i]->message->awaits_reply) continue;
            transports.add(std::string_view(entries[i]->transport));
            keys.add(std::string_view(entries[i]->event_key));
            messages.add(static_cast<long long>(ids[i]));
            any = true;
        }
        if (any) exec(transaction, statements().await_reply, transports.text(), keys.text(), messages.text());
    }

    std::vector<std::int64_t> insert_messages(pqxx::transaction_base& transaction,
                                              const std::vector<const InboxEntry*>& entries) const {
        SqlArray senders, recipients, received, texts, metadata, lookup_keys;
        for (const InboxEntry* entry : entries) {
            const InboxMessage& message = *entry->message;
            senders.add(std::string_view(message.sender));
            recipients.add(std::string_view(message.recipient));
            received.add(to_sql_time(entry->received));
            texts.add(std::string_view(message.text));
            metadata.add(std::string_view(message.metadata));
            lookup_keys.add(std::string_view(message.lookup_key));
        }
        const pqxx::result ids = exec(
            transaction, lookup_keys_ ? statements().insert_with_key : statements().insert, senders.text(),
            recipients.text(), received.text(), texts.text(), metadata.text(), lookup_keys.text());
        SqlArray messages, indexes, urls, types, files, channels;
        bool any = false;
        for (std::size_t i = 0; i < entries.size(); ++i) {
            int index = 0;
            for (const IncomingMedium& medium : entries[i]->message->media) {
                messages.add(ids[static_cast<int>(i)][0].as<long long>());
                indexes.add(index++);
                urls.add(std::string_view(medium.url));
                types.add(std::string_view(medium.content_type));
                // An empty name says that there will be no file; none, that there is none yet.
                if (medium.content_file.empty() && medium.fault.empty()) {
                    files.add_null();
                } else {
                    files.add(std::string_view(medium.content_file));
                }
                channels.add(std::string_view(entries[i]->channel));
                any = true;
            }
        }
        if (any)
            exec(transaction, statements().insert_media, messages.text(), indexes.text(), urls.text(),
                 types.text(), files.text(), channels.text());
        std::vector<std::int64_t> numbers;
        for (const pqxx::row& row : ids) numbers.push_back(row[0].as<std::int64_t>());
        return numbers;
    }

    /// In the outbox of each endpoint. Senders are told apart by their lookup keys.
    static void announce(pqxx::transaction_base& transaction, const std::vector<const InboxEntry*>& entries,
                         const std::vector<std::int64_t>& ids, const std::vector<std::string>& told) {
        std::vector<NewForward> forwards;
        for (std::size_t i = 0; i < entries.size(); ++i)
            forwards.push_back({event_received, entries[i]->message->lookup_key, ids[i]});
        insert_forwards(transaction, told, forwards);
    }

    Database& database_;
    bool lookup_keys_;
    RowKeeping keeping_;
    ForwardTargets targets_;  // read on the loop, where each call begins
};

}  // namespace

std::unique_ptr<InboxStore> make_pg_inbox(Database& database, bool lookup_keys, RowKeeping keeping) {
    return std::make_unique<PgInbox>(database, lookup_keys, std::move(keeping));
}

}  // namespace postrider
