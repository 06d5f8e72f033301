// Rows of a Django site before and after, as tests/golden has them.
#include "lib/crypto/lookup_key.h"
#include "lib/crypto/secret_box.h"
#include "tests/support/switchboard_tables.h"
#include "tests/system/system_test.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <sodium/utils.h>

#include <algorithm>
#include <chrono>
#include <map>

namespace postrider::testing {
namespace {

namespace json = boost::json;
using ::testing::SizeIs;

const json::object& golden() {
    static const json::object all =
        json::parse(contents(POSTRIDER_SOURCE_DIR "/tests/golden/outgoing.json")).as_object();
    return all;
}

std::string text_of(const json::object& object, std::string_view key) {
    return std::string(object.at(key).as_string());
}

bool names(const json::object& object, std::string_view key, std::string_view value) {
    const json::value* const list = object.if_contains(key);
    return list && std::any_of(list->as_array().begin(), list->as_array().end(),
                               [&](const json::value& each) { return each.as_string() == value; });
}

/// `"*"` is like anything.
bool is_like(const json::value& value, const json::value& wanted) {
    if (wanted.is_string() && wanted.get_string() == "*") return true;
    if (!wanted.is_array()) return value == wanted;
    return value.is_array() && std::equal(value.get_array().begin(), value.get_array().end(),
                                          wanted.get_array().begin(), wanted.get_array().end(), is_like);
}

std::string quoted(const std::string& text) {
    std::string result = "'";
    for (const char c : text) result += c == '\'' ? std::string("''") : std::string(1, c);
    return result + "'";
}

class Golden : public SystemTest {
protected:
    Golden() {
        std::filesystem::create_directories(root.path() / "outgoing_message_media");
        root.write("outgoing_message_media/a.png", "the picture");
        site.execute(switchboard_tables_sql);
        for (const json::value& each : golden().at("channels").as_array()) add_channel(each.as_object());
        const auto owner = folder.write("owner.yaml", config_of(site.url("postgres")));
        EXPECT_EQ(postrider_with(owner, {"migrate", "--grant", std::string(daemon_role)}).exit_code, 0);
    }

    void add_channel(const json::object& channel) {
        json::object configuration = channel.at("configuration").as_object();
        configuration["base_url"] = twilio.base_url();
        const std::string package = text_of(channel, "package");
        site.execute(fmt::format(
            "insert into simple_messaging_switchboard_channeltype (name, package_name) values ('{0}', '{0}') "
            "on conflict do nothing",
            package));
        const json::value* const enabled = channel.if_contains("enabled");
        site.execute(fmt::format(
            "insert into simple_messaging_switchboard_channel "
            "(name, identifier, is_enabled, is_default, configuration, channel_type_id) "
            "select '{0}', '{0}', {1}, {2}, '{3}', id from simple_messaging_switchboard_channeltype "
            "where package_name = '{4}'",
            text_of(channel, "identifier"), !enabled || enabled->as_bool(), channel.contains("default"),
            json::serialize(configuration), package));
    }

    std::string config_of(const std::string& url) const {
        return fmt::format(
            "database: {{ url: \"{}\", settle: 0s }}\nlisten: {{ port: 0, public_url: https://m.example.org "
            "}}\n"
            "channels: []\nmedia: {{ root: {} }}\nencryption: {{ secret_key: \"{}\", lookup_hash_prefix: {} "
            "}}\n",
            url, root.path().string(), text_of(golden(), "secret_key"),
            text_of(golden(), "lookup_hash_prefix"));
    }

    /// The row is not due before its media are there.
    MessageId insert(const json::object& before) {
        const auto column = [&](const char* name) {
            const std::string clear = text_of(before, name);
            return names(before, "encrypted", name) ? box.seal(clear) : clear;
        };
        const json::value& metadata = before.at("transmission_metadata");
        NewRow row{.destination = column("destination"), .message = column("message")};
        row.send_in = std::chrono::hours{1};
        row.transmission_metadata.reset();
        if (metadata.is_object()) row.transmission_metadata = json::serialize(metadata);
        if (metadata.is_string()) row.transmission_metadata = std::string(metadata.get_string());
        const MessageId id = site.insert(row);
        if (const json::value* const media = before.if_contains("media")) {
            for (const json::value& each : media->as_array()) {
                site.execute(
                    fmt::format("insert into simple_messaging_outgoingmessagemedia (\"index\", content_file, "
                                "content_type, "
                                "message_id) values (0, {}, {}, {})",
                                quoted(text_of(each.as_object(), "content_file")),
                                quoted(text_of(each.as_object(), "content_type")), id));
            }
        }
        site.execute(
            fmt::format("update simple_messaging_outgoingmessage set send_date = now() where id = {}", id));
        return id;
    }

    void compare_requests(const json::array& wanted, const std::vector<TwilioRequest>& got) {
        ASSERT_THAT(got, SizeIs(wanted.size()));
        for (std::size_t i = 0; i < got.size(); ++i) {
            for (const auto& [field, value] : wanted[i].as_object()) {
                const std::map<std::string_view, json::value> sent{
                    {"To", json::string(got[i].to)},
                    {"From", json::string(got[i].from)},
                    {"Body", json::string(got[i].body)},
                    {"MediaUrl", static_cast<std::int64_t>(got[i].media_count)}};
                EXPECT_EQ(sent.at(field), value) << std::string_view(field);
            }
        }
    }

    void compare_row(const json::object& after, MessageId id) {
        const Row row = site.row(id);
        const std::string state = row.errored ? "errored" : row.sent ? "sent" : "waits";
        EXPECT_EQ(state, after.at("state").as_string()) << row.metadata.value_or("");
        for (const auto& [column, stored] :
             {std::pair("destination", row.destination), {"message", row.message}}) {
            const bool encrypted = names(after, "encrypted", column);
            EXPECT_EQ(SecretBox::is_sealed(stored), encrypted) << column;
            EXPECT_EQ(encrypted ? box.open(stored).value_or("?") : stored, text_of(after, column));
        }
        if (state == "waits") return;
        EXPECT_NE(site.value(fmt::format(
                      "select lookup_key from simple_messaging_outgoingmessage where id = {}", id)),
                  "");
        const json::object metadata = json::parse(row.metadata.value()).as_object();
        for (const auto& [key, value] : after.at("metadata").as_object()) {
            ASSERT_TRUE(metadata.contains(key)) << std::string_view(key);
            EXPECT_TRUE(is_like(metadata.at(key), value)) << metadata.at(key) << " is not like " << value;
        }
        if (!after.contains("no_metadata")) return;
        for (const json::value& key : after.at("no_metadata").as_array())
            EXPECT_FALSE(metadata.contains(key.as_string())) << key;
    }

    const Folder root;
    const Folder folder;
    const SecretBox box{Secret(std::string(32, 'k'))};
};

TEST_F(Golden, EachRowIsAfterwardsAsItShouldBe) {
    DaemonProcess daemon(config_of(site.url()));
    ASSERT_TRUE(daemon.wait_until_sending()) << daemon.log();
    for (const json::value& each : golden().at("cases").as_array()) {
        const json::object& one = each.as_object();
        const ::testing::ScopedTrace name(__FILE__, __LINE__, text_of(one, "name"));
        const std::size_t accepted = twilio.accepted().size();
        const std::size_t refused = twilio.refused().size();
        if (const json::value* const refusal = one.if_contains("refused")) {
            twilio.next(TwilioBehaviour::refuse(static_cast<int>(refusal->at("status").as_int64()),
                                                static_cast<int>(refusal->at("code").as_int64()), "no"));
        }
        const MessageId id = insert(one.at("before").as_object());
        const json::object& after = one.at("after").as_object();
        if (after.at("state").as_string() == "waits") {
            // What comes behind it has gone, so it has been looked at.
            const MessageId behind = site.insert({.transmission_metadata = R"({"message_channel": "test"})"});
            ASSERT_TRUE(site.wait_for_end(behind)) << daemon.log();
        } else {
            ASSERT_TRUE(site.wait_for_end(id)) << daemon.log();
        }
        auto requests = twilio.accepted();
        requests.erase(requests.begin(), requests.begin() + static_cast<std::ptrdiff_t>(accepted));
        const auto all_refused = twilio.refused();
        requests.insert(requests.end(), all_refused.begin() + static_cast<std::ptrdiff_t>(refused),
                        all_refused.end());
        compare_requests(one.at("requests").as_array(), requests);
        compare_row(after, id);
    }
}

}  // namespace
}  // namespace postrider::testing
