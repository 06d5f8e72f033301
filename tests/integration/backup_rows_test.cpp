// What of a database goes into a backup, and comes back.
#include "lib/store/backup_rows.h"

#include "lib/backup/records.h"
#include "lib/crypto/secret_box.h"
#include "lib/store/migrator.h"
#include "lib/store/restore_rows.h"
#include "lib/store/sql_time.h"
#include "tests/integration/django_site.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace postrider::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::vector<std::string> kept{"simple_messaging_outgoingmessage",
                                    "simple_messaging_outgoingmessagemedia",
                                    "simple_messaging_incomingmessage",
                                    "simple_messaging_incomingmessagemedia",
                                    "simple_messaging_blockedsender",
                                    "simple_messaging_precomposedmessage",
                                    "postrider.attempt",
                                    "postrider.attempt_history",
                                    "postrider.retry",
                                    "postrider.enqueued",
                                    "postrider.message_hold",
                                    "postrider.suppression",
                                    "postrider.inbound",
                                    "postrider.delivery_report",
                                    "postrider.media_fetch",
                                    "postrider.incoming_waiting",
                                    "postrider.receiver",
                                    "postrider.forward",
                                    "postrider.job"};

/// A row of everything that a backup keeps, and values that are hard to carry.
constexpr const char* everything = R"sql(
insert into simple_messaging_outgoingmessage
    (destination, message, send_date, sent_date, errored, transmission_metadata, message_metadata, lookup_key, reference_id)
values ('+13125550101', E'Grüße\n"quoted"\t\\ 𝄞', '2026-01-31 09:00:00.123456Z', '2026-01-31 09:00:01Z', false,
        '{"a": 1e400, "a": NaN}', null, repeat('f', 64), 7),
       ('secret:AAAA', '', 'infinity', null, false, null, '', null, null),
       ('+13125550102', 'due', '2020-01-01', null, true, 'no JSON', '{}', null, null);
insert into simple_messaging_outgoingmessagemedia ("index", content_file, content_type, message_id)
values (0, 'outgoing_message_media/a.png', 'image/png', 1), (1, null, 'image/png', 1);
insert into simple_messaging_incomingmessage (sender, recipient, message, receive_date)
values ('+13125550101', '+15550100', 'Yes', '2026-02-01Z');
insert into simple_messaging_incomingmessagemedia (content_file, content_url, message_id) values ('', 'https://x', 1);
insert into simple_messaging_blockedsender (sender, notes) values ('+13125550109', null);
insert into simple_messaging_precomposedmessage (message, label) values ('Thanks', 'thanks');
insert into postrider.daemon (host, process, version) values ('here', 1, '0');
insert into postrider.attempt (message_id, channel, shard, conversation, daemon_id, idempotency_key, first_sent,
                               content_hash, destination)
values (3, 'sms', 1, '\x00ff', 1, '00000000-0000-0000-0000-000000000003', now(), '\xabcd', 'secret:AAAA');
insert into postrider.attempt_history (id, message_id, part, parts, channel, daemon_id, idempotency_key, first_sent,
                                       content_hash, claimed, closed, verdict, reason, provider_id)
values (100, 1, 1, 1, 'sms', 1, '00000000-0000-0000-0000-000000000001', now(), '', now(), '2026-01-31Z', 'sent', '', 'SM1');
insert into postrider.retry (message_id, failed_attempts, not_before, reason) values (2, 1, now(), 'busy');
insert into postrider.enqueued (key_hash, message_id) values ('\x01', 1);
insert into postrider.message_hold (message_id, held) values (2, true);
insert into postrider.suspension (channel, cause) values ('sms', 'operator');
insert into postrider.suppression (recipient, address, cause) values ('\x02', 'secret:AAAA', 'stop');
insert into postrider.inbound (transport, event_key, replies) values ('t', 'SM2', '[]');
insert into postrider.delivery_report (transport, provider_id, channel, rank, state, status, metadata, acceptance, reported)
values ('t', 'SM1', 'sms', 1, 'delivered', 'delivered', '{}', '{}', '2026-01-31Z');
insert into postrider.media_fetch (media_id, message_id, channel) values (1, 1, 'sms');
insert into postrider.incoming_waiting (message_id) values (1);
insert into postrider.receiver (one) values (true);
insert into postrider.forward (endpoint, event, conversation, message_id) values ('app', 'message.received', 'c', 1);
insert into postrider.job (name, queue, schedule, paused) values ('nightly', 'default', 'every 1d', true);
)sql";

using Backup = std::pair<BackupManifest, std::vector<std::pair<BackedUpTable, std::string>>>;

struct BackupRowsTest : ::testing::Test {
    BackupRowsTest() { from.script("set postrider.guard = ''"); }

    Backup back_up(std::optional<BackupBounds> bounds = {}, const std::string& role = daemon_role) {
        BackupRows rows(from.settings(role));
        if (bounds) rows.limit_to(*bounds);
        Backup backup;
        backup.first = rows.facts();
        for (BackedUpTable table : rows.tables()) {
            std::string records;
            RowDigest digest;
            rows.read(table, [&](std::optional<std::string_view> id, std::string_view fields) {
                const std::string record = record_text(table.model, id, fields);
                digest.add(record);
                records += (records.empty() ? "[" : ",") + record;
                ++table.rows;
            });
            table.digest = digest.value();
            EXPECT_EQ(rows.count(table), table.rows);
            backup.first.tables.push_back(table);
            backup.second.emplace_back(table, (records.empty() ? "[" : records) + "]");
        }
        return backup;
    }
    /// Returns the tables that are not as the backup has them.
    std::vector<std::string> restore(const std::vector<Backup>& backups, TestDatabase& into) {
        RestoreRows target(into.settings("postgres"));
        std::vector<std::string> different;
        for (const Backup& backup : backups) {
            const bool over = &backup != &backups.front();
            for (const auto& [table, records] : backup.second) {
                if (target.begin_table(table, over))
                    target.write(table, rows_of_records(table, records).json, over);
                if (!target.equals(table)) different.push_back(table.name);
            }
        }
        target.finish(backups.back().first);
        return different;
    }
    std::string refusal(const std::function<void()>& what) {
        try {
            what();
        } catch (const DatabaseSetupError& error) {
            return error.what();
        }
        return "";
    }
    static std::string content(TestDatabase& db, const std::string& table) {
        return db.text("select coalesce(string_agg(t::text, E'\\n' order by t::text), '') from " + table +
                       " t");
    }
    TimePoint moment(const std::string& text) {
        return from_sql_time(from.text("select " + sql_time("$1::timestamptz"), text));
    }

    TestDatabase from;
};

TEST_F(BackupRowsTest, EverythingComesBackAsItWasAndNothingLeavesUntilSomebodySaysSo) {
    from.script(everything);
    TestDatabase into;
    EXPECT_THAT(restore({back_up()}, into), IsEmpty());
    for (const std::string& table : kept) {
        EXPECT_NE(content(from, table), "") << table;
        EXPECT_EQ(content(into, table), content(from, table)) << table;
    }
    EXPECT_EQ(into.text("select string_agg(channel || cause, ' ' order by cause) from postrider.suspension"),
              "copy smsoperator");
    EXPECT_EQ(into.number("select count(*) from postrider.daemon where ended is null"), 0);
    EXPECT_EQ(into.text("select encode(hash_salt, 'hex') from postrider.installation"),
              from.text("select encode(hash_salt, 'hex') from postrider.installation"));
    // Ids go on behind those that were given.
    EXPECT_EQ(
        into.number("insert into simple_messaging_outgoingmessage (destination, message) values ('x', 'x') "
                    "returning id"),
        4);
    into.script("insert into postrider.daemon (host, process, version) values ('there', 1, '0')");
    EXPECT_EQ(into.number("select max(id) from postrider.daemon"), 2);
}

TEST_F(BackupRowsTest, ADatabaseThatIsNotEmptyIsRefusedAndNothingChanges) {
    from.script(everything);
    EXPECT_THAT(refusal([&] { restore({back_up()}, from); }),
                HasSubstr("not empty: there are rows in simple_messaging_outgoingmessage"));
    TestDatabase into;
    const Backup backup = back_up();
    {
        RestoreRows target(into.settings("postgres"));
        for (const auto& [table, records] : backup.second) {
            target.begin_table(table, false);
            target.write(table, rows_of_records(table, records).json, false);
        }
    }
    EXPECT_EQ(into.number("select count(*) from simple_messaging_outgoingmessage"), 0);
}

TEST_F(BackupRowsTest, AnIncrementHasWhatEndedThenAndAllThatHasNot) {
    from.script(everything);
    const Backup full = back_up();
    from.script(
        "delete from postrider.suppression; delete from postrider.attempt; set postrider.guard = off; "
        "update simple_messaging_outgoingmessage set sent_date = '2026-03-01 10:00Z', errored = false, "
        "send_date = '2026-03-01 10:00Z' where id = 3; "
        "insert into simple_messaging_outgoingmessage (destination, message, send_date, sent_date) values "
        "('+13125550104', 'before', '2026-02-27Z', '2026-02-27Z'), "
        "('+13125550104', 'then', '2026-03-01Z', '2026-03-01 23:59:59Z'), "
        "('+13125550104', 'after', '2026-03-02Z', '2026-03-02 00:00:01Z'), "
        "('+13125550104', 'waits', '2027-01-01Z', null); "
        "insert into postrider.attempt_history select 101, 3, 1, 1, 'sms', 1, idempotency_key, first_sent, "
        "content_hash, claimed, '2026-03-01 10:00Z', 'sent', '', 'SM3' from postrider.attempt_history");
    const Backup increment =
        back_up(BackupBounds{.from = moment("2026-03-01Z"), .to = moment("2026-03-01 23:59:59.999999Z")});
    const std::string& sent = increment.second.front().second;
    for (const char* there : {"then", "waits", "secret:AAAA"}) EXPECT_THAT(sent, HasSubstr(there));
    for (const char* not_there : {"before", "after", "quoted"})
        EXPECT_THAT(sent, ::testing::Not(HasSubstr(not_there)));
    TestDatabase into;
    restore({full, increment, increment}, into);
    EXPECT_EQ(into.text("select string_agg(id::text || (sent_date is not null)::text, ' ' order by id) from "
                        "simple_messaging_outgoingmessage"),
              "1true 2false 3true 5true 7false");
    EXPECT_EQ(into.number("select count(*) from postrider.attempt_history"), 2);
    EXPECT_EQ(into.number("select count(*) from postrider.suppression"), 0);
    EXPECT_EQ(into.number("select count(*) from postrider.attempt"), 0);
    EXPECT_EQ(into.number("select count(*) from simple_messaging_outgoingmessagemedia"), 2);
}

TEST_F(BackupRowsTest, ASitesSmallIdsAndItsSwitchboardComeBackToo) {
    TestDatabase site("template1");
    make_django_site(site, serial_ids);
    migrate(site.settings("postgres"), {}, [](const std::string&) {});
    from.script(everything);
    const std::string switchboard =
        "create table simple_messaging_switchboard_channeltype (id bigint primary key, name text);";
    from.script(switchboard + "insert into simple_messaging_switchboard_channeltype values (1, 'loop')");
    site.script("set search_path = public; " + switchboard);
    const Backup backup = back_up({}, "postgres");
    const auto different = restore({backup}, site);
    EXPECT_THAT(different, IsEmpty());
    EXPECT_EQ(site.number("select count(*) from simple_messaging_switchboard_channeltype"), 1);
    EXPECT_EQ(
        site.number("insert into simple_messaging_incomingmessage (sender, recipient, message, receive_date) "
                    "values ('x', 'x', 'x', now()) returning id"),
        2);
}

TEST_F(BackupRowsTest, WhoMayNotReadAllOfItIsToldOfWhat) {
    from.script("revoke select on simple_messaging_precomposedmessage from postrider_daemon");
    EXPECT_THAT(refusal([&] { back_up(); }), HasSubstr("may not read simple_messaging_precomposedmessage"));
    TestDatabase empty("template1");
    EXPECT_THAT(refusal([&] { BackupRows(empty.settings()); }), HasSubstr("postrider migrate"));
}

}  // namespace
}  // namespace postrider::testing
