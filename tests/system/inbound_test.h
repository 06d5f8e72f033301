#pragma once

#include "tests/support/signed_webhook.h"
#include "tests/system/system_test.h"

#include <fmt/format.h>

#include <map>
#include <string>

namespace postrider::testing {

/// A daemon to which Twilio posts, behind a public URL.
class InboundTest : public SystemTest {
protected:
    using Fields = std::map<std::string, std::string>;
    static constexpr const char* public_url = "https://messages.example.org/texts";
    static constexpr const char* account = "AC0123456789abcdef0123456789abcdef";
    static constexpr const char* person = "+17735550123";

    static std::string sid(int number) { return fmt::format("SM{:032x}", number); }
    /// `more`: further keys of the channel; `top`: of the file.
    std::string inbound_config(const std::string& more = "", const std::string& top = "") {
        std::string text = config(more, top);
        const std::string listen = "listen:\n  port: 0\n";
        text.insert(text.find(listen) + listen.size(), fmt::format("  public_url: {}\n", public_url));
        return text;
    }
    static Fields incoming(const std::string& provider_id, const std::string& text,
                           const std::string& from = person) {
        return {
            {"AccountSid", account}, {"MessageSid", provider_id}, {"From", from},   {"To", "+13125550100"},
            {"Body", text},          {"SmsStatus", "received"},   {"NumMedia", "0"}};
    }
    static Fields report(const std::string& provider_id, const std::string& status,
                         const std::string& error_code = "") {
        Fields fields{{"AccountSid", account},
                      {"MessageSid", provider_id},
                      {"MessageStatus", status},
                      {"To", person},
                      {"From", "+13125550100"}};
        if (!error_code.empty()) fields["ErrorCode"] = error_code;
        return fields;
    }
    /// As the public URL's proxy hands it on, which takes the path off.
    static HttpPage post(const DaemonProcess& daemon, const Fields& fields,
                         const std::string& path = "/incoming", const std::string& token = "imitated-token") {
        const SignedWebhook made = sign_as_twilio(public_url + path, fields, token);
        return http_get(
            daemon.url() + path,
            {{"Content-Type", "application/x-www-form-urlencoded"}, {"X-Twilio-Signature", made.signature}},
            "POST", made.body);
    }
    long long incoming_rows(const std::string& condition = "true") {
        return site.number("select count(*) from simple_messaging_incomingmessage where " + condition);
    }
    std::string incoming_value(const std::string& expression) {
        return site.value("select " + expression +
                          " from simple_messaging_incomingmessage order by id limit 1");
    }
};

}  // namespace postrider::testing
