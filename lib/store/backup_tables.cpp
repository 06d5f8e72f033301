#include "lib/store/backup_tables.h"

namespace postrider {

namespace {

/// Messages that have not ended, or did so within the bounds, or of which something was recorded then.
constexpr const char* outgoing =
    "((t.sent_date is null and not t.errored) or coalesce(t.sent_date, t.send_date) between {from} and {to} "
    "or t.id in (select h.message_id from postrider.attempt_history h where h.closed between {from} and {to} "
    "or h.handled between {from} and {to}) "
    "or t.id in (select d.message_id from postrider.delivery_report d where d.reported between {from} and "
    "{to}))";

/// Its files, and what an application makes of it, may come days later.
constexpr const char* incoming =
    "(t.receive_date between {from} - interval '2 days' and {to} "
    "or t.id in (select f.message_id from postrider.media_fetch f))";

std::string of_parent(const std::string& parent, std::string condition) {
    return "t.message_id in (select t.id from " + parent + " t where " + std::move(condition) + ")";
}

std::string within(const std::string& column) { return "t." + column + " between {from} and {to}"; }

std::vector<BackupTableRule> make_tables() {
    const std::string sent = "simple_messaging_outgoingmessage";
    const std::string received = "simple_messaging_incomingmessage";
    return {
        {.name = sent, .model = "simple_messaging.outgoingmessage", .key = {"id"}, .part = outgoing},
        {.name = sent + "media",
         .model = "simple_messaging.outgoingmessagemedia",
         .key = {"id"},
         .part = of_parent(sent, outgoing)},
        {.name = received, .model = "simple_messaging.incomingmessage", .key = {"id"}, .part = incoming},
        {.name = received + "media",
         .model = "simple_messaging.incomingmessagemedia",
         .key = {"id"},
         .part = of_parent(received, incoming)},
        {.name = "simple_messaging_blockedsender", .model = "simple_messaging.blockedsender"},
        {.name = "simple_messaging_precomposedmessage", .model = "simple_messaging.precomposedmessage"},
        {.name = "simple_messaging_switchboard_channeltype",
         .model = "simple_messaging_switchboard.channeltype"},
        {.name = "simple_messaging_switchboard_channel", .model = "simple_messaging_switchboard.channel"},
        {.name = "postrider.daemon", .model = "postrider.daemon"},
        {.name = "postrider.attempt", .model = "postrider.attempt"},
        {.name = "postrider.attempt_history",
         .model = "postrider.attempt_history",
         .key = {"message_id", "id"},
         .part = "(" + within("closed") + " or " + within("handled") + ")"},
        {.name = "postrider.retry", .model = "postrider.retry", .has_id = false},
        {.name = "postrider.enqueued", .model = "postrider.enqueued", .has_id = false},
        {.name = "postrider.message_hold", .model = "postrider.message_hold", .has_id = false},
        // A copy's suspension is about the database, not about what is in it.
        {.name = "postrider.suspension",
         .model = "postrider.suspension",
         .has_id = false,
         .only = "t.cause = 'operator'"},
        {.name = "postrider.suppression", .model = "postrider.suppression", .has_id = false},
        {.name = "postrider.inbound",
         .model = "postrider.inbound",
         .has_id = false,
         .key = {"transport", "event_key"},
         .part = within("received")},
        {.name = "postrider.delivery_report",
         .model = "postrider.delivery_report",
         .has_id = false,
         .key = {"transport", "provider_id"},
         .part = "(" + within("reported") + " or not t.applied)"},
        {.name = "postrider.media_fetch", .model = "postrider.media_fetch", .has_id = false},
        {.name = "postrider.incoming_waiting", .model = "postrider.incoming_waiting", .has_id = false},
        {.name = "postrider.receiver", .model = "postrider.receiver", .has_id = false},
        {.name = "postrider.forward", .model = "postrider.forward"},
        {.name = "postrider.job", .model = "postrider.job", .has_id = false},
    };
}

}  // namespace

const std::vector<BackupTableRule>& backup_tables() {
    static const std::vector<BackupTableRule> tables = make_tables();
    return tables;
}

}  // namespace postrider
