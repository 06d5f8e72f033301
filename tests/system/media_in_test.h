#pragma once

#include "tests/support/byte_server.h"
#include "tests/system/folder.h"
#include "tests/system/inbound_test.h"

#include <filesystem>
#include <iterator>
#include <string>
#include <vector>

namespace postrider::testing {

/// A daemon to which a provider posts messages with files, which a server of the test's own has.
class MediaInTest : public InboundTest {
protected:
    using Connection = ByteServer::Connection;

    /// With `base_url` at the provider that has the files; `media`: further keys below `media:`, each as
    /// ", key: value"; `more`: of the channel.
    std::string media_config(const ByteServer& provider, const std::string& media = "",
                             const std::string& more = "", const std::string& top = "") {
        std::string text =
            inbound_config(more, "media: { root: " + root.path().string() + media + " }\n" + top);
        text.replace(text.find(twilio.base_url()), twilio.base_url().size(), provider.url());
        return text;
    }

    /// A message with files at these URLs, each said to be of `type`.
    static Fields with_media(int number, const std::vector<std::string>& urls,
                             const std::string& type = "image/gif") {
        Fields fields = incoming(sid(number), "look");
        fields["NumMedia"] = std::to_string(urls.size());
        for (std::size_t i = 0; i < urls.size(); ++i) {
            fields["MediaUrl" + std::to_string(i)] = urls[i];
            fields["MediaContentType" + std::to_string(i)] = type;
        }
        return fields;
    }

    std::string media_value(const std::string& expression) {
        return site.value(
            "select " + expression +
            " from simple_messaging_incomingmessagemedia order by message_id, \"index\" limit 1");
    }
    long long waiting() { return site.number("select count(*) from postrider.media_fetch"); }
    long long stored() {
        return site.number(
            "select count(*) from simple_messaging_incomingmessagemedia where content_file <> ''");
    }
    long long failed() {
        return site.number(
            "select count(*) from simple_messaging_incomingmessagemedia where content_file = ''");
    }
    bool all_ended() {
        return eventually([&] { return waiting() == 0; });
    }
    /// What the message says of its files that have failed.
    std::string errors() { return incoming_value("transmission_metadata::json ->> 'media_errors'"); }
    std::vector<std::filesystem::path> files() const {
        const auto folder = root.path() / "incoming_message_media";
        if (!std::filesystem::is_directory(folder)) return {};
        return {std::filesystem::directory_iterator(folder), {}};
    }

    static inline const std::string gif = "GIF89a" + std::string(300, '\1');
    static void give_gif(Connection& connection) { connection.answer(200, "image/gif", gif); }

    Folder root;
};

}  // namespace postrider::testing
