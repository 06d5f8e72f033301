#include "lib/text/template/broken.h"
#include "lib/text/template/expression.h"
#include "lib/text/template/parser.h"
#include "lib/text/template/words.h"

#include <algorithm>
#include <string>
#include <utility>

namespace postrider::templates {

namespace {

/// `for a, b in sequence reversed`
struct Heading {
    std::vector<std::string> names;
    Expression sequence;
    bool reversed;
};

/// The innermost loop while it lives.
class Turning {
public:
    Turning(Scope& scope, const Loop& loop) : scope_(scope), outer_(scope.loop()) { scope_.set_loop(&loop); }
    ~Turning() { scope_.set_loop(outer_); }
    Turning(const Turning&) = delete;
    Turning& operator=(const Turning&) = delete;

private:
    Scope& scope_;
    const Loop* outer_;
};

class ForNode : public Node {
public:
    ForNode(std::size_t line, Heading heading, Nodes body, Nodes otherwise)
        : Node(line),
          heading_(std::move(heading)),
          body_(std::move(body)),
          otherwise_(std::move(otherwise)) {}

private:
    void write(Scope& scope) const override {
        const Value sequence = heading_.sequence.evaluate(scope, Missing::none);
        scope.pay(sequence.deep_weight());
        auto items = sequence.is_none() ? Value::List() : sequence.items();
        if (!items) throw Broken("tag 'for' needs a list");
        if (items->empty()) return render_all(otherwise_, scope);
        if (heading_.reversed) std::reverse(items->begin(), items->end());
        Loop loop{0, items->size(), scope.loop()};
        const Turning turning(scope, loop);
        for (; loop.index < loop.count; ++loop.index) {
            scope.pay();
            const ScopeFrame frame(scope);
            set_variables(scope, (*items)[loop.index]);
            render_all(body_, scope);
        }
    }

    void set_variables(Scope& scope, const Value& item) const {
        if (heading_.names.size() == 1) return scope.set(heading_.names[0], item);
        scope.pay(item.deep_weight());
        const auto parts = item.items();
        if (!parts || parts->size() != heading_.names.size()) {
            throw Broken("tag 'for' has another number of variables than there are values");
        }
        for (std::size_t i = 0; i < parts->size(); ++i) scope.set(heading_.names[i], (*parts)[i]);
    }

    Heading heading_;
    Nodes body_;
    Nodes otherwise_;
};

/// With commas between them, and blanks where anybody likes.
std::vector<std::string> read_names(const std::vector<std::string_view>& words, std::size_t end) {
    std::string all;
    for (std::size_t i = 1; i < end; ++i) all += std::string(i > 1 ? " " : "") + std::string(words[i]);
    std::vector<std::string> names;
    for (std::size_t at = 0; at <= all.size();) {
        const std::size_t comma = std::min(all.find(',', at), all.size());
        names.emplace_back(stripped(std::string_view(all).substr(at, comma - at)));
        if (names.back().empty() || names.back().find_first_of(" \"'|") != std::string::npos) {
            throw Broken("tag 'for' with variables that are none");
        }
        at = comma + 1;
    }
    return names;
}

Heading read_heading(const Token& token) {
    const std::vector<std::string_view> words = split_words(token.content);
    const bool reversed = words.back() == "reversed";
    const std::size_t in = words.size() - (reversed ? 3 : 2);
    if (words.size() < 4 || in < 2 || words[in] != "in") {
        throw Broken("tag 'for' is not of the form 'for x in y'");
    }
    return {read_names(words, in), Expression(words[in + 1]), reversed};
}

}  // namespace

std::unique_ptr<Node> read_for(Parser& parser, const Token& token) {
    Heading heading = read_heading(token);
    Nodes body = parser.parse_block(token, {"empty", "endfor"});
    Nodes otherwise;
    if (tag_name(parser.next()) == "empty") {
        otherwise = parser.parse_block(token, {"endfor"});
        parser.next();
    }
    return std::make_unique<ForNode>(token.line, std::move(heading), std::move(body), std::move(otherwise));
}

}  // namespace postrider::templates
