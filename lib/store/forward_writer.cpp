#include "lib/store/forward_writer.h"

#include "lib/store/prepared.h"
#include "lib/store/sql_array.h"

namespace postrider {

namespace {

const Statement& insert() {
    static const Statement statement{"forward_insert", R"(
        insert into postrider.forward (endpoint, event, conversation, message_id, report)
        select e.endpoint, f.event, f.conversation, f.message_id, nullif(f.report, '')
        from unnest($1::text[]) as e(endpoint)
        cross join unnest($2::text[], $3::text[], $4::bigint[], $5::text[])
            with ordinality as f(event, conversation, message_id, report, place)
        order by f.place)"};
    return statement;
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
    exec(transaction, insert(), names.text(), events.text(), conversations.text(), messages.text(),
         reports.text());
}

}  // namespace postrider
