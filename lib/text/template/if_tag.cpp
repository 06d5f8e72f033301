#include "lib/text/template/broken.h"
#include "lib/text/template/condition.h"
#include "lib/text/template/parser.h"
#include "lib/text/template/words.h"

#include <optional>
#include <utility>

namespace postrider::templates {

namespace {

struct Branch {
    std::optional<Condition> condition;  // none: else
    Nodes nodes;
};

class IfNode : public Node {
public:
    IfNode(std::size_t line, std::vector<Branch> branches) : Node(line), branches_(std::move(branches)) {}

private:
    void write(Scope& scope) const override {
        for (const Branch& branch : branches_) {
            if (branch.condition && !branch.condition->holds(scope)) continue;
            render_all(branch.nodes, scope);
            return;
        }
    }

    std::vector<Branch> branches_;
};

Condition read_condition(const Token& token) {
    std::vector<std::string_view> words = split_words(token.content);
    words.erase(words.begin());
    return Condition(words);
}

/// That of an `elif` has a line of its own.
Condition read_condition_of_branch(const Token& token) {
    try {
        return read_condition(token);
    } catch (Broken& broken) {
        broken.fault.line = token.line;
        throw;
    }
}

}  // namespace

std::unique_ptr<Node> read_if(Parser& parser, const Token& token) {
    std::vector<Branch> branches;
    branches.push_back({read_condition(token), parser.parse_block(token, {"elif", "else", "endif"})});
    const Token* next = &parser.next();
    while (tag_name(*next) == "elif") {
        Condition condition = read_condition_of_branch(*next);
        branches.push_back({std::move(condition), parser.parse_block(token, {"elif", "else", "endif"})});
        next = &parser.next();
    }
    if (next->content == "else") {
        branches.push_back({std::nullopt, parser.parse_block(token, {"endif"})});
        next = &parser.next();
    }
    if (next->content != "endif")
        throw Broken("tag" + quoted_name(tag_name(*next)) + " with something left over");
    return std::make_unique<IfNode>(token.line, std::move(branches));
}

}  // namespace postrider::templates
