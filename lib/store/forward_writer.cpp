#include "lib/store/forward_writer.h"

#include "lib/store/prepared.h"
#include "lib/store/sql_array.h"

namespace postrider {

namespace {

struct Statements {
    /// Whoever adds to a conversation and whoever ends something of it take turns: so ids are in the order in
    /// which they are seen, and it is known which of them is the first.
    Statement lock{"forward_lock", R"(
        select pg_advisory_xact_lock(s.key) from (
            select distinct hashtextextended(c, 13) as key from unnest($1::text[]) as c order by key) s)"};
    Statement insert{"forward_insert", R"(
        insert into postrider.forward (endpoint, event, conversation, message_id, report, not_before)
        select e.endpoint, f.event, f.conversation, f.message_id, nullif(f.report, ''),
               case when f.is_later or exists (
                        select from postrider.forward w where w.endpoint = e.endpoint
                        and w.conversation = f.conversation and w.dead is null)
                    then 'infinity' else clock_timestamp() end
        from unnest($1::text[]) as e(endpoint)
        cross join (
            select u.*, row_number() over (partition by u.conversation order by u.place) > 1 as is_later
            from unnest($2::text[], $3::text[], $4::bigint[], $5::text[])
                with ordinality as u(event, conversation, message_id, report, place)) f
        order by f.place)"};
    Statement release{"forward_release", R"(
        update postrider.forward f set not_before = clock_timestamp()
        from (select distinct u.endpoint, u.conversation
              from unnest($1::text[], $2::text[]) as u(endpoint, conversation)) c
        where f.not_before = 'infinity' and f.id = (
            select n.id from postrider.forward n where n.endpoint = c.endpoint
            and n.conversation = c.conversation and n.dead is null order by n.id limit 1))"};
};

const Statements& statements() {
    static const Statements all;
    return all;
}

}  // namespace

void insert_forwards(pqxx::transaction_base& transaction, const std::vector<std::string>& endpoints,
                     const std::vector<NewForward>& forwards) {
    if (endpoints.empty() || forwards.empty()) return;
    SqlArray names, events, conversations, messages, reports;
    for (const std::string& each : endpoints) names.add(std::string_view(each));
    for (const NewForward& each : forwards) {
        events.add(std::string_view(each.event));
        conversations.add(std::string_view(each.conversation));
        messages.add(static_cast<long long>(each.message_id));
        reports.add(std::string_view(each.report));
    }
    exec(transaction, statements().lock, conversations.text());
    exec(transaction, statements().insert, names.text(), events.text(), conversations.text(), messages.text(),
         reports.text());
}

void lock_conversations(pqxx::transaction_base& transaction, const std::vector<std::string>& conversations) {
    SqlArray names;
    for (const std::string& each : conversations) names.add(std::string_view(each));
    if (!conversations.empty()) exec(transaction, statements().lock, names.text());
}

void release_next(pqxx::transaction_base& transaction, const std::vector<EndedForward>& ended) {
    SqlArray endpoints, conversations;
    for (const EndedForward& each : ended) {
        endpoints.add(std::string_view(each.endpoint));
        conversations.add(std::string_view(each.conversation));
    }
    if (!ended.empty()) exec(transaction, statements().release, endpoints.text(), conversations.text());
}

}  // namespace postrider
